// What a matmul does with its sums before they are stored:
//   out = activate(scale · sum + bias[column]) + residual[row, column]
// Four columns at a time when VECTOR (N and all offsets are multiples of 4). A bias or residual that a call lacks is
// bound to something else and not read.
#include "activation.wgsl"
#if VECTOR
alias Stored = vec4f;
#else
alias Stored = f32;
#endif

@group(0) @binding(3) var<storage, read_write> out: array<Stored>;
@group(0) @binding(4) var<storage, read> bias: array<Stored>;
#if RESIDUAL
@group(0) @binding(5) var<storage, read> residual: array<Stored>;
#endif

// The bias of four adjacent columns; zeros when there is none.
fn bias4(column: u32) -> vec4f {
  var value = vec4f();
  if (params.has_bias != 0) {
#if VECTOR
    value = bias[(params.bias_offset + column) / 4];
#else
    let last = params.N - 1;
#for j 0 4
    value[{j}] = bias[params.bias_offset + min(column + {j}, last)];
#endfor
#endif
  }
  return value;
}

// Stores four adjacent sums, as far as they are inside [M, N].
fn store4(batch: u32, row: u32, column: u32, sums: vec4f, column_bias: vec4f) {
  if (row >= params.M || column >= params.N) { return; }
  let at = batch * params.out_batch + row * params.N + column;
  let value = activate(sums * params.scale + column_bias);
#if VECTOR
#if RESIDUAL
  out[(params.out_offset + at) / 4] = value + residual[(params.residual_offset + at) / 4];
#else
  out[(params.out_offset + at) / 4] = value;
#endif
#else
  let count = min(params.N - column, 4u);
  for (var j = 0u; j < count; j++) {
#if RESIDUAL
    out[params.out_offset + at + j] = value[j] + residual[params.residual_offset + at + j];
#else
    out[params.out_offset + at + j] = value[j];
#endif
  }
#endif
}
