// The right-hand matrix of a matmul, in its stored form.
//
// f32, f16 (HALF), bf16 (HALF and BFLOAT): rows of [K, N], or of [N, K] when TRANSPOSED, read four adjacent values at a time.
// q8_0 (BLOCKS), q4_0 (BLOCKS and NIBBLES): repacked at load (src/renderer/kernels/quantized.ts) as [N/4][K/4] pieces of
//   four columns by four values of k, and scales [N/4][K/32] of four columns. A column's values stand at the same place in
//   their words, so one mask takes out all of them, as integers that are 256^column times too large; the scales make up
//   for that. Shifts would cost more: some adapters take a shift of a vector apart lane by lane.
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

// Column c of a piece: k = 4·k4 … 4·k4 + 3, before scaling. Columns 0 to 2 are stored with half their range added; column
// 3, whose mask takes the sign along, in two's complement.
#if NIBBLES
// Odd values of k stand four bits further up.
const LEVEL = vec4f(1.0, 0.0625, 1.0, 0.0625);
#for c 0 3
fn column{c}(piece: Piece) -> vec4f {
  let part = piece.xxyy & (vec4u(0x0f, 0xf0, 0x0f, 0xf0) << vec4u(8u * {c}u));
  return vec4f(bitcast<vec4i>(part)) * LEVEL - 8.0 * f32(1u << (8u * {c}u));
}
#endfor
fn column3(piece: Piece) -> vec4f {
  let part = piece.xxyy & vec4u(0x0f000000, 0xf0000000, 0x0f000000, 0xf0000000);
  return vec4f(bitcast<vec4i>(part)) * LEVEL - vec4f(8.0, 0.0, 8.0, 0.0) * 16777216.0;
}
#else
#for c 0 3
fn column{c}(piece: Piece) -> vec4f {
  return vec4f(bitcast<vec4i>(piece & vec4u(0xffu << (8u * {c}u)))) - 128.0 * f32(1u << (8u * {c}u));
}
#endfor
fn column3(piece: Piece) -> vec4f {
  return vec4f(bitcast<vec4i>(piece & vec4u(0xff000000)));
}
#endif
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
    column0(piece) * scale.x,
    column1(piece) * scale.y,
    column2(piece) * scale.z,
    column3(piece) * scale.w,
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
