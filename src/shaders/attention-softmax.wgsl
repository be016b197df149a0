// Turns the scores of a slab [heads, S, rows] into e^(score − max) in place and keeps the maximum and the sum of each
// row: the weights are these divided by the sum. One thread per row; neighbours read neighbouring values. What a query
// must not see becomes 0 within its tile of TILE rows; a row that sees nothing has maximum HIDDEN and sum 0,
// one that sees NaN or ∞ the sum NaN.
#include "slab-row.wgsl"
#include "invalid.wgsl"
#include "hidden.wgsl"

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

fn process(row: SlabRow) {
  let base = row.base;
  let seen = row.seen;
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

  for (var s = row.tile.x; s < seen.x; s++) { slab[base + s * params.rows] = 0.0; }
  for (var s = seen.y; s < row.tile.y; s++) { slab[base + s * params.rows] = 0.0; }

  statistics[row.place] = largest;
  statistics[row.place + 1u] = select(sum, nan(), is_broken);
}
