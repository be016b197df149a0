// The activation functions backward: out = gradient ⊙ activate'(x). With GATED, of activate(x) ⊙ factor: out is
// gradient ⊙ factor ⊙ activate'(x), by x, and by_factor is gradient ⊙ activate(x).
#include "activation.wgsl"

struct Params {
  count: u32,
  x_offset: u32,
  gradient_offset: u32,
  out_offset: u32,
  factor_offset: u32,
  by_factor_offset: u32,
  group_offset: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> gradient: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
#if GATED
@group(0) @binding(4) var<storage, read> factor: array<f32>;
@group(0) @binding(5) var<storage, read_write> by_factor: array<f32>;
#endif

fn slope(x: vec4f) -> vec4f {
#if ACTIVATION == 1
  let t = safe_tanh(0.7978845608028654 * (x + 0.044715 * x * x * x));
  return 0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * 0.7978845608028654 * (1.0 + 0.134145 * x * x);
#endif
#if ACTIVATION == 2
  return 0.5 * (1.0 + erf(x * 0.7071067811865476)) + x * 0.3989422804014327 * exp(-0.5 * x * x);
#endif
#if ACTIVATION == 3
  let s = sigmoid(x);
  return s * (1.0 + x * (1.0 - s));
#endif
#if ACTIVATION == 4
  // 0 at 0, as PyTorch has it.
  return select(vec4f(0.0), vec4f(1.0), x > vec4f(0.0));
#endif
#if ACTIVATION == 5
  let t = safe_tanh(x);
  return 1.0 - t * t;
#endif
#if ACTIVATION == 6
  let s = sigmoid(x);
  return s * (1.0 - s);
#endif
#if ACTIVATION == 7
  let s = sigmoid(1.702 * x);
  return s * (1.0 + 1.702 * x * (1.0 - s));
#endif
#if ACTIVATION == 0
  return vec4f(1.0);
#endif
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  // Four values a thread, neighbours in neighbouring threads.
  let start = (group.x + params.group_offset) * 256 + lane;
  if (start >= params.count) { return; }
  let places = min(vec4u(start) + vec4u(0, 64, 128, 192), vec4u(params.count - 1));
  let value = vec4f(
    x[params.x_offset + places.x],
    x[params.x_offset + places.y],
    x[params.x_offset + places.z],
    x[params.x_offset + places.w],
  );
  var above = vec4f(
    gradient[params.gradient_offset + places.x],
    gradient[params.gradient_offset + places.y],
    gradient[params.gradient_offset + places.z],
    gradient[params.gradient_offset + places.w],
  );
#if GATED
  let by = above * activate(value);
  above *= vec4f(
    factor[params.factor_offset + places.x],
    factor[params.factor_offset + places.y],
    factor[params.factor_offset + places.z],
    factor[params.factor_offset + places.w],
  );
#endif
  let result = above * slope(value);
#for i 0 4
  if (start + {i}u * 64u < params.count) {
    out[params.out_offset + start + {i}u * 64u] = result[{i}];
#if GATED
    by_factor[params.by_factor_offset + start + {i}u * 64u] = by[{i}];
#endif
  }
#endfor
}
