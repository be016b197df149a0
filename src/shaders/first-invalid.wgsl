// The first row of x [rows, width] that holds NaN or an infinity: found[slot] becomes its number if that is lower than
// what stands there. One thread per row.
#include "invalid.wgsl"

struct Params {
  rows: u32,
  width: u32,
  slot: u32,
  x_offset: u32,
  group_offset: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> found: array<atomic<u32>>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = (group.x + params.group_offset) * 64u + lane;
  if (row >= params.rows) { return; }
  let start = params.x_offset + row * params.width;
  for (var i = 0u; i < params.width; i++) {
    if (is_invalid(x[start + i])) {
      atomicMin(&found[params.slot], row);
      return;
    }
  }
}
