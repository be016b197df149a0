// What a matmul does with its sums before they are stored:
//   out = activate(scale · sum + bias[column]) + residual[row, column]
#include "activation.wgsl"

@group(0) @binding(3) var<storage, read_write> out: array<f32>;
#if BIAS
@group(0) @binding(4) var<storage, read> bias: array<f32>;
#endif
#if RESIDUAL
@group(0) @binding(5) var<storage, read> residual: array<f32>;
#endif

// Stores four adjacent sums, as far as they are inside [M, N].
fn store4(batch: u32, row: u32, column: u32, sums: vec4f) {
  if (row >= params.M) { return; }
  let count = min(params.N - min(column, params.N), 4u);
  var value = sums * params.scale;
#if BIAS
  for (var j = 0u; j < count; j++) { value[j] += bias[params.bias_offset + column + j]; }
#endif
  value = activate(value, params.activation);
  let at = row * params.N + column;
#if RESIDUAL
  for (var j = 0u; j < count; j++) { value[j] += residual[params.residual_offset + batch * params.out_batch + at + j]; }
#endif
  for (var j = 0u; j < count; j++) { out[params.out_offset + batch * params.out_batch + at + j] = value[j]; }
}
