// scores[r, s] = Σₐ v[a]·tanh(query[r, a] + key[s, a]) + bias: additive attention (Bahdanau; Luong's concat) with the
// products of query and keys already made. One thread a score.
#include "squash.wgsl"
struct Params {
  rows: u32,
  keys: u32,
  size: u32,
  bias: f32,
  group_offset: u32,
  query_offset: u32,
  key_offset: u32,
  v_offset: u32,
  scores_offset: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> query: array<f32>;
@group(0) @binding(2) var<storage, read> key: array<f32>;
@group(0) @binding(3) var<storage, read> v: array<f32>;
@group(0) @binding(4) var<storage, read_write> scores: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let at = (group.x + params.group_offset) * 64u + local.x;
  if (at >= params.rows * params.keys) { return; }
  let q = params.query_offset + at / params.keys * params.size;
  let k = params.key_offset + at % params.keys * params.size;
  var sum = params.bias;
  for (var a = 0u; a < params.size; a++) {
    sum += v[params.v_offset + a] * tanh_of(query[q + a] + key[k + a]);
  }
  scores[params.scores_offset + at] = sum;
}
