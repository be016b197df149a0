// The k largest values of each row, first half: every row is shared by LISTS threads, each taking every LISTS-th value,
// and each thread keeps its k largest in order, with their places, besides its maximum m and Σ e^(x − m).
// Among equal values the lower place comes first. Σ is NaN where a value is NaN or ∞. partial: [rows, LISTS, 2 + 2·k] of m, Σ, then values, then places.
struct Params {
  rows: u32,
  columns: u32,
  k: u32,
  values_offset: u32,
  partial_offset: u32,
  group_offset: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> values: array<f32>;
@group(0) @binding(2) var<storage, read_write> partial: array<f32>;

#include "invalid.wgsl"

const LOWEST = -3.4e38;

@compute @workgroup_size(LISTS)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let row = workgroup.x + params.group_offset;
  let base = params.values_offset + row * params.columns;
  var best: array<f32, MOST>;
  var places: array<u32, MOST>;
  var count = 0u;
  // The least of the kept, once there are k.
  var least = LOWEST;
  var largest = LOWEST;
  var sum = 0.0;
  var is_broken = false;
  for (var column = local.x; column < params.columns; column += LISTS) {
    let value = values[base + column];
    is_broken = is_broken || spoils_softmax(value);
    if (value > largest) {
      sum = sum * exp(largest - value) + 1.0;
      largest = value;
    } else {
      sum += exp(value - largest);
    }
    // Later columns have higher places, so an equal value stays behind.
    if (count < params.k || value > least) {
      var at = min(count, params.k - 1u);
      while (at > 0u && best[at - 1u] < value) {
        best[at] = best[at - 1u];
        places[at] = places[at - 1u];
        at--;
      }
      best[at] = value;
      places[at] = column;
      count = min(count + 1u, params.k);
      if (count == params.k) { least = best[params.k - 1u]; }
    }
  }
  let place = params.partial_offset + (row * LISTS + local.x) * (2u + 2u * params.k);
  partial[place] = largest;
  partial[place + 1u] = select(sum, nan(), is_broken);
  for (var i = 0u; i < params.k; i++) {
    partial[place + 2u + i] = select(LOWEST, best[i], i < count);
    partial[place + 2u + params.k + i] = select(f32(params.columns), f32(places[i]), i < count);
  }
}
