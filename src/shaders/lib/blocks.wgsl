// Packed matrices [N, K], repacked at load (src/renderer/kernels/matmul/quantized.ts) as [N/4][K/4] pieces of four rows, which
// are columns of a product, by four values of k: codes of 8 bits, or of 4 (NIBBLES). A row's codes stand at the same place
// in their words, so one mask takes out all of them, as integers that are 256^row times too large; the scales make up for
// that. Shifts would cost more: some adapters take a shift of a vector apart lane by lane.
#if NIBBLES
alias Piece = vec2u;
#else
alias Piece = vec4u;
#endif

// Row c of a piece, a column of the product: k = 4·k4 … 4·k4 + 3, before scaling. Rows 0 to 2 are stored with half their
// range added; row 3, whose mask takes the sign along, in two's complement.
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

// Where the scales of rows 4·n4 … 4·n4 + 3 stand for the values of k that 4·k4 is among, SPAN4 · 4 of them; with MINIMA,
// their minima are the next.
fn scale_index(n4: u32, k4: u32, K: u32) -> u32 {
  let at = n4 * (K / (4 * SPAN4)) + k4 / SPAN4;
#if MINIMA
  return 2 * at;
#else
  return at;
#endif
}
