// The projection of an LSTM step: hidden[p] = Σⱼ weight[p, j] · raw[j], written to the row of position t.
// `weight` is stored [H, P], so that neighbouring threads read neighbouring values.
#include "recurrent-params.wgsl"
@group(0) @binding(1) var<storage, read> recurrent: array<f32>;
@group(0) @binding(2) var<storage, read> lengths: array<u32>;
@group(0) @binding(3) var<storage, read> raw: array<f32>;
@group(0) @binding(4) var<storage, read_write> hidden: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let b = group.y;
  let p = group.x * 64u + local.x;
  if (p >= params.state) { return; }
  var sum = 0.0;
  for (var j = 0u; j < params.units; j++) {
    sum += recurrent[params.recurrent_offset + j * params.state + p] * raw[params.raw_offset + b * params.units + j];
  }
  hidden[params.hidden_offset + (next_row() * params.batch + b) * params.state + p] = select(0.0, sum, is_inside(b));
}
