// The right-hand matrix of a matmul, in its stored form.
//
// f32, f16 (HALF), bf16 (HALF and BFLOAT): rows of [K, N], or of [N, K] when TRANSPOSED, read four adjacent values at a time.
// Packed types (BLOCKS): see blocks.wgsl. A weight is scale · code, or with MINIMA scale · code + minimum.
#include "half.wgsl"

#if BLOCKS
#include "blocks.wgsl"
@group(0) @binding(2) var<storage, read> b: array<Piece>;
@group(0) @binding(6) var<storage, read> scales: array<vec4f>;

// The scales of columns 4·n4 … 4·n4 + 3 for the values of k that 4·k4 is among.
fn scale_at(n4: u32, k4: u32) -> vec4f {
  return scales[scale_index(n4, k4, params.K)];
}
#if MINIMA
fn minimum_at(n4: u32, k4: u32) -> vec4f {
  return scales[scale_index(n4, k4, params.K) + 1];
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
#if MINIMA
  let minimum = minimum_at(column, k4);
#else
  let minimum = vec4f();
#endif
  let piece = b[column * (params.K / 4) + k4];
  return transpose(mat4x4f(
    column0(piece) * scale.x + minimum.x,
    column1(piece) * scale.y + minimum.y,
    column2(piece) * scale.z + minimum.z,
    column3(piece) * scale.w + minimum.w,
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
