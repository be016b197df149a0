// The k largest values of each row, second half: merges the LISTS ordered lists of `topk-partial`. One thread per row.
// merged: [rows, k, 3] of the place, the value, and the share of the row's softmax: NaN where that is none.
struct Params {
  rows: u32,
  columns: u32,
  k: u32,
  partial_offset: u32,
  merged_offset: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> partial: array<f32>;
@group(0) @binding(2) var<storage, read_write> merged: array<f32>;

#include "invalid.wgsl"

const LOWEST = -3.4e38;

@compute @workgroup_size(16)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = id.x;
  if (row >= params.rows) { return; }
  let stride = 2u + 2u * params.k;
  let base = params.partial_offset + row * LISTS * stride;
  var largest = LOWEST;
  for (var list = 0u; list < LISTS; list++) { largest = max(largest, partial[base + list * stride]); }
  var sum = 0.0;
  var is_broken = false;
  for (var list = 0u; list < LISTS; list++) {
    let at = base + list * stride;
    is_broken = is_broken || is_nan(partial[at + 1u]);
    sum += partial[at + 1u] * exp(partial[at] - largest);
  }
  var taken: array<u32, LISTS>;
  for (var i = 0u; i < params.k; i++) {
    var best = LOWEST;
    var place = f32(params.columns);
    var from_list = u32(LISTS);
    for (var list = 0u; list < LISTS; list++) {
      if (taken[list] == params.k) { continue; }
      let at = base + list * stride + 2u + taken[list];
      let value = partial[at];
      let column = partial[at + params.k];
      if (column < f32(params.columns) && (from_list == LISTS || value > best || (value == best && column < place))) {
        best = value;
        place = column;
        from_list = list;
      }
    }
    if (from_list < LISTS) { taken[from_list]++; }
    let target_place = params.merged_offset + (row * params.k + i) * 3u;
    merged[target_place] = place;
    merged[target_place + 1u] = best;
    merged[target_place + 2u] = select(exp(best - largest) / sum, nan(), is_broken);
  }
}
