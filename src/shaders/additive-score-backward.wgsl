// Additive scores backward, of one query: with z[s, a] = gradient[s] · v[a] · (1 − tanh²(query[a] + key[s, a])),
// by_query[a] = Σₛ z[s, a], and z is added to by_key. One thread a column.
#include "squash.wgsl"
struct Params {
  keys: u32,
  size: u32,
  group_offset: u32,
  query_offset: u32,
  key_offset: u32,
  v_offset: u32,
  gradient_offset: u32,
  by_query_offset: u32,
  by_key_offset: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> query: array<f32>;
@group(0) @binding(2) var<storage, read> key: array<f32>;
@group(0) @binding(3) var<storage, read> v: array<f32>;
@group(0) @binding(4) var<storage, read> gradient: array<f32>;
@group(0) @binding(5) var<storage, read_write> by_query: array<f32>;
@group(0) @binding(6) var<storage, read_write> by_key: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let a = (group.x + params.group_offset) * 64u + local.x;
  if (a >= params.size) { return; }
  let asked = query[params.query_offset + a];
  var sum = 0.0;
  for (var s = 0u; s < params.keys; s++) {
    let t = tanh_of(asked + key[params.key_offset + s * params.size + a]);
    let z = gradient[params.gradient_offset + s] * v[params.v_offset + a] * (1.0 - t * t);
    sum += z;
    by_key[params.by_key_offset + s * params.size + a] += z;
  }
  by_query[params.by_query_offset + a] = sum;
}
