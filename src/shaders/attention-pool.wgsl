// Pools the patterns of a slab [heads, S, rows] of e^(score − max) while it is there: pooled [H, height, width], where cell
// (i, j) is the largest weight of queries [⌊i·T/height⌋, ⌊(i+1)·T/height⌋) and keys likewise. A cell whose queries began in
// an earlier slab goes on from what is there. One thread per cell; neighbours have neighbouring queries.
#include "visible.wgsl"
#include "invalid.wgsl"

struct Params {
  head_from: u32,
  query_from: u32,
  rows: u32,
  queries: u32,
  keys: u32,
  height: u32,
  width: u32,
  cell_from: u32,
  cells: u32,
  causal: u32,
  first_query: u32,
  window: u32,
  statistics_offset: u32,
  pooled_offset: u32,
  group_offset: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> slab: array<f32>;
@group(0) @binding(2) var<storage, read> statistics: array<f32>;
@group(0) @binding(3) var<storage, read_write> pooled: array<f32>;

@compute @workgroup_size(8, 8)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let z = workgroup.z + params.group_offset;
  let h = params.head_from + z;
  let row = workgroup.x * 8u + local.x;
  let column = workgroup.y * 8u + local.y;
  if (row >= params.cells || column >= params.width) { return; }
  let cell = params.cell_from + row;
  let first = cell * params.queries / params.height;
  let end = min((cell + 1u) * params.queries / params.height, min(params.query_from + params.rows, params.queries));
  let key_first = column * params.keys / params.width;
  let key_end = (column + 1u) * params.keys / params.width;
  let place = params.pooled_offset + (h * params.height + cell) * params.width + column;
  var result = 0.0;
  if (first < params.query_from) { result = pooled[place]; }
  for (var t = max(first, params.query_from); t < end; t++) {
    let total = statistics[(h * params.queries + t) * 2u + 1u + params.statistics_offset];
    if (is_nan(total)) { result = total; }
    if (!(total > 0.0)) { continue; }
    let seen = visible(t);
    var largest = 0.0;
    for (var s = max(key_first, seen.x); s < min(key_end, seen.y); s++) {
      largest = max(largest, slab[(z * params.keys + s) * params.rows + t - params.query_from]);
    }
    // What is no number stays.
    let weight = largest / total;
    if (!is_nan(result) && weight > result) { result = weight; }
  }
  pooled[place] = result;
}
