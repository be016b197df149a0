// Turns the scores of a slab [heads, S, rows] into e^(score − max) in place and keeps the maximum and the sum of each
// row: the weights are these divided by the sum. One thread per row; neighbours read neighbouring values. What a query
// must not see becomes 0 within its tile of TILE rows; a row that sees nothing has maximum HIDDEN and sum 0,
// one that sees NaN or ∞ the sum NaN.
#include "visible.wgsl"
#include "invalid.wgsl"

// Scores at or below this are hidden: their weight is 0.
const HIDDEN = -3.4e38;

struct Params {
  head_from: u32,
  query_from: u32,
  rows: u32,
  queries: u32,
  keys: u32,
  causal: u32,
  first_query: u32,
  window: u32,
  statistics_offset: u32,
#if KEY_MASK
  key_mask_offset: u32,
#endif
  group_offset: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> slab: array<f32>;
@group(0) @binding(2) var<storage, read_write> statistics: array<f32>;
#if KEY_MASK
@group(0) @binding(3) var<storage, read> key_mask: array<f32>;
#endif

@compute @workgroup_size(GROUP * GROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let row = workgroup.x * GROUP * GROUP + local.x;
  let t = params.query_from + row;
  if (row >= params.rows || t >= params.queries) { return; }
  let z = workgroup.y + params.group_offset;
  let base = z * params.keys * params.rows + row;
  let seen = visible(t);

  var largest = HIDDEN;
  var is_broken = false;
  for (var s = seen.x; s < seen.y; s++) {
    if (is_there(s)) {
      let value = slab[base + s * params.rows];
      largest = max(largest, value);
      // Hidden scores are finite, so that −∞ is none.
      is_broken = is_broken || is_invalid(value);
    }
  }
  var sum = 0.0;
  for (var s = seen.x; s < seen.y; s++) {
    let at = base + s * params.rows;
    let value = slab[at];
    var weight = 0.0;
    if (value > HIDDEN && is_there(s)) { weight = exp(value - largest); }
    sum += weight;
    slab[at] = weight;
  }

  let tile = t - row % TILE;
  let first = visible(tile).x;
  let to = visible(min(tile + TILE - 1u, params.queries - 1u)).y;
  for (var s = first; s < seen.x; s++) { slab[base + s * params.rows] = 0.0; }
  for (var s = seen.y; s < to; s++) { slab[base + s * params.rows] = 0.0; }

  let place = ((params.head_from + z) * params.queries + t) * 2u + params.statistics_offset;
  statistics[place] = largest;
  statistics[place + 1u] = select(sum, nan(), is_broken);
}
