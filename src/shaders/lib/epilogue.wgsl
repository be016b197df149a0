// What a matmul does with its sums before they are stored:
//   out = activate(scale · sum + bias[column]) + residual[row, column]
// Bindings that a call lacks are bound to something else and not read.
#include "activation.wgsl"

@group(0) @binding(3) var<storage, read_write> out: array<f32>;
@group(0) @binding(4) var<storage, read> bias: array<f32>;
@group(0) @binding(5) var<storage, read> residual: array<f32>;

// Stores four adjacent sums, as far as they are inside [M, N].
fn store4(batch: u32, row: u32, column: u32, sums: vec4f) {
  if (row >= params.M) { return; }
  let count = min(params.N - min(column, params.N), 4u);
  let at = batch * params.out_batch + row * params.N + column;
  var value = sums * params.scale;
  if (params.has_bias != 0) {
    for (var j = 0u; j < count; j++) { value[j] += bias[params.bias_offset + column + j]; }
  }
  value = activate(value, params.activation);
  if (params.has_residual != 0) {
    for (var j = 0u; j < count; j++) { value[j] += residual[params.residual_offset + at + j]; }
  }
  for (var j = 0u; j < count; j++) { out[params.out_offset + at + j] = value[j]; }
}
