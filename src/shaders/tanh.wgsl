// out[i] = tanh(x[i])
#include "squash.wgsl"
struct Params { count: u32, group_offset: u32, x_offset: u32, out_offset: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let i = (group.x + params.group_offset) * 64u + local.x;
  if (i < params.count) {
    out[params.out_offset + i] = tanh_of(x[params.x_offset + i]);
  }
}
