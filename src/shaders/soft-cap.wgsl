// x[i] = cap · tanh(x[i] / cap), in place.
#include "squash.wgsl"
struct Params { count: u32, cap: f32, x_offset: u32, group_offset: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> x: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let start = (group.x + params.group_offset) * 256 + lane;
  for (var i = start; i < min(start + 256, params.count); i += 64) {
    let place = params.x_offset + i;
    x[place] = params.cap * tanh_of(x[place] / params.cap);
  }
}
