// weights[r, ·] = softmax(scores[r, ·]) over the keys that the mask lets through, and context[r, ·] = Σₛ weights·key.
// Hidden keys weigh 0; where all are hidden, so is the context. With FORCED the weights are taken as they stand.
// One workgroup a row.
#include "invalid.wgsl"

struct Params {
  keys: u32,
  width: u32,
  group_offset: u32,
  scores_offset: u32,
  mask_offset: u32,
  key_offset: u32,
  weights_offset: u32,
  context_offset: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> scores: array<f32>;
// 1: the key is there; 0: it is padding.
@group(0) @binding(2) var<storage, read> mask: array<u32>;
@group(0) @binding(3) var<storage, read> key: array<f32>;
@group(0) @binding(4) var<storage, read_write> weights: array<f32>;
@group(0) @binding(5) var<storage, read_write> context: array<f32>;

var<workgroup> parts: array<f32, 64>;

fn is_there(s: u32) -> bool { return mask[params.mask_offset + s] != 0u; }

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let row = group.x + params.group_offset;
  let lane = local.x;
  let start = row * params.keys;
#if !FORCED
  var most = -3.4e38;
  var broken = 0.0;
  for (var s = lane; s < params.keys; s += 64u) {
    if (!is_there(s)) { continue; }
    let score = scores[params.scores_offset + start + s];
    most = max(most, score);
    if (is_invalid(score)) { broken = 1.0; }
  }
  parts[lane] = broken;
  workgroupBarrier();
  broken = 0.0;
  for (var i = 0u; i < 64u; i++) { broken += parts[i]; }
  workgroupBarrier();
  parts[lane] = most;
  workgroupBarrier();
  for (var i = 0u; i < 64u; i++) { most = max(most, parts[i]); }
  workgroupBarrier();
  var sum = 0.0;
  for (var s = lane; s < params.keys; s += 64u) {
    if (is_there(s)) { sum += exp(max(scores[params.scores_offset + start + s] - most, -87.0)); }
  }
  parts[lane] = sum;
  workgroupBarrier();
  sum = 0.0;
  for (var i = 0u; i < 64u; i++) { sum += parts[i]; }
  // A row with a score that is no number is none.
  let scale = select(select(0.0, 1.0 / sum, sum > 0.0), nan(), broken > 0.0);
  for (var s = lane; s < params.keys; s += 64u) {
    let value = exp(max(scores[params.scores_offset + start + s] - most, -87.0)) * scale;
    weights[params.weights_offset + start + s] = select(0.0, value, is_there(s));
  }
  storageBarrier();
  workgroupBarrier();
#endif
  for (var i = lane; i < params.width; i += 64u) {
    var total = 0.0;
    for (var s = 0u; s < params.keys; s++) {
      total += weights[params.weights_offset + start + s] * key[params.key_offset + s * params.width + i];
    }
    context[params.context_offset + row * params.width + i] = total;
  }
}
