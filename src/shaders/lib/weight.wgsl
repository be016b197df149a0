// The right-hand matrix of a matmul, in its stored form.
//
// f32, f16 (HALF), bf16 (HALF and BFLOAT): rows of [K, N], or of [N, K] when TRANSPOSED, read four adjacent values at a time.
// q8_0 (BLOCKS), q4_0 (BLOCKS and NIBBLES): repacked at load (src/renderer/kernels/quantized.ts) as [N/4][K/4] pieces of
//   four columns by four values of k, and scales [N/4][K/32] of four columns. A column's four values lie side by side in
//   a word, in two's complement. unpack4x8snorm gives the 127th of an 8-bit value; a 4-bit value is moved to the upper end
//   of the word and read as an integer, itself · 2^28. The scales make up for both.
#include "half.wgsl"

#if BLOCKS
#if NIBBLES
alias Piece = vec2u;
#else
alias Piece = vec4u;
#endif
@group(0) @binding(2) var<storage, read> b: array<Piece>;
@group(0) @binding(6) var<storage, read> scales: array<vec4f>;

// The scales of columns 4·n4 … 4·n4 + 3 for the 32 values of k that 4·k4 is among.
fn scale_at(n4: u32, k4: u32) -> vec4f {
  return scales[n4 * (params.K / 32) + k4 / 8];
}

// Column c of a piece: k = 4·k4 … 4·k4 + 3, before scaling.
fn column_of(piece: Piece, c: u32) -> vec4f {
#if NIBBLES
  let shifts = vec4u(28, 24, 20, 16) - 16 * (c % 2);
  return vec4f(bitcast<vec4i>((vec4u(piece[c / 2]) << shifts) & vec4u(0xf0000000)));
#else
  return unpack4x8snorm(piece[c]);
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
  let piece = b[column * (params.K / 4) + k4];
  return transpose(mat4x4f(
    column_of(piece, 0) * scale.x,
    column_of(piece, 1) * scale.y,
    column_of(piece, 2) * scale.z,
    column_of(piece, 3) * scale.w,
  ));
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
