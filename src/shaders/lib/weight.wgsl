// The right-hand matrix of a matmul, in its stored form.
//
// f32, f16 (HALF), bf16 (HALF and BFLOAT): rows of [K, N], or of [N, K] when TRANSPOSED, read four adjacent values at a time.
// q8_0 (BLOCKS), q4_0 (BLOCKS and NIBBLES): repacked at load (src/renderer/kernels/quantized.ts) as [N/4][K/4] pieces of
//   four columns by four values of k, so that a u32 holds adjacent columns, and scales [N/4][K/32] of four columns.
#include "half.wgsl"

#if BLOCKS
#if NIBBLES
// A byte holds k in its lower and k + 1 in its upper half, each 8 more than the value.
@group(0) @binding(2) var<storage, read> b: array<vec2u>;
#else
@group(0) @binding(2) var<storage, read> b: array<vec4u>;
#endif
@group(0) @binding(6) var<storage, read> scales: array<vec4f>;

// The scales of columns 4·n4 … 4·n4 + 3 for the 32 values of k that 4·k4 is among.
fn scale_at(n4: u32, k4: u32) -> vec4f {
  return scales[n4 * (params.K / 32) + k4 / 8];
}

// Row e: the four columns at k = 4·k4 + e, before scaling.
fn unscaled(n4: u32, k4: u32) -> mat4x4f {
  let piece = b[n4 * (params.K / 4) + k4];
#if NIBBLES
  let low = piece & vec2u(0x0f0f0f0f);
  let high = (piece >> vec2u(4)) & vec2u(0x0f0f0f0f);
  return mat4x4f(
    vec4f(unpack4xU8(low.x)) - 8.0,
    vec4f(unpack4xU8(high.x)) - 8.0,
    vec4f(unpack4xU8(low.y)) - 8.0,
    vec4f(unpack4xU8(high.y)) - 8.0,
  );
#else
  return mat4x4f(
    vec4f(unpack4xI8(piece.x)),
    vec4f(unpack4xI8(piece.y)),
    vec4f(unpack4xI8(piece.z)),
    vec4f(unpack4xI8(piece.w)),
  );
#endif
}
#else
#if HALF
@group(0) @binding(2) var<storage, read> b: array<vec2u>;
#else
@group(0) @binding(2) var<storage, read> b: array<vec4f>;
#endif

fn weight4(index: u32) -> vec4f {
#if HALF
#if BFLOAT
  return from_bf16(b[index]);
#else
  return from_f16(b[index]);
#endif
#else
  return b[index];
#endif
}
#endif

// Row e: the columns 4·n4 … 4·n4 + 3 at k = 4·k4 + e. Columns outside repeat the last ones. `start` is the matrix's
// first value / 4.
fn block(start: u32, n4: u32, k4: u32) -> mat4x4f {
#if BLOCKS
  let column = min(n4, (params.N - 1) / 4);
  let scale = scale_at(column, k4);
  let w = unscaled(column, k4);
  return mat4x4f(w[0] * scale, w[1] * scale, w[2] * scale, w[3] * scale);
#else
#if TRANSPOSED
  let K4 = params.K / 4;
  let last = params.N - 1;
  let n = n4 * 4;
  return transpose(mat4x4f(
    weight4(start + min(n, last) * K4 + k4),
    weight4(start + min(n + 1, last) * K4 + k4),
    weight4(start + min(n + 2, last) * K4 + k4),
    weight4(start + min(n + 3, last) * K4 + k4),
  ));
#else
  let N4 = params.N / 4;
  let at = start + 4 * k4 * N4 + min(n4, N4 - 1);
  return mat4x4f(weight4(at), weight4(at + N4), weight4(at + 2 * N4), weight4(at + 3 * N4));
#endif
#endif
}
