// One row of a slab [heads, S, rows] for each thread: the kernel that includes this defines
//   fn process(row: SlabRow)
// Params: head_from, query_from, rows, queries, keys, statistics_offset, group_offset and those of visible.wgsl.
#include "visible.wgsl"

struct SlabRow {
  // Where its score of key 0 is; the next key's is `params.rows` further.
  base: u32,
  // Keys [x, y) that it sees.
  seen: vec2u,
  // Keys [x, y) that any row of its tile of TILE rows sees.
  tile: vec2u,
  // Where its maximum is in `statistics`; its sum is the next.
  place: u32,
}

@compute @workgroup_size(GROUP * GROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let row = workgroup.x * GROUP * GROUP + local.x;
  let t = params.query_from + row;
  if (row >= params.rows || t >= params.queries) { return; }
  let z = workgroup.y + params.group_offset;
  let base = z * params.keys * params.rows + row;
  let first = t - row % TILE;
  let tile = vec2u(visible(first).x, visible(min(first + TILE - 1u, params.queries - 1u)).y);
  let place = ((params.head_from + z) * params.queries + t) * 2u + params.statistics_offset;
  process(SlabRow(base, visible(t), tile, place));
}
