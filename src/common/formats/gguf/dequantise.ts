/**
 * ggml's packed types as f32 values (ggml-quants.c; PyPI `gguf`, quants.py, gives the same bits). A block holds its values
 * as small integers and one or two scales; those of the “K” types have scales of their own for each 16 or 32 values.
 */

/** Unpacks whole blocks. @param out as long as the blocks have values */
export type Decoder = (blocks: Uint8Array, out: Float32Array) => void;

/** One block that begins at `at`, to `out` from `to` on. */
type Block = (bytes: Uint8Array, at: number, out: Float32Array, to: number) => void;

const blockwise =
  (size: number, values: number, block: Block): Decoder =>
  (blocks, out) => {
    for (let at = 0, to = 0; to < out.length; at += size, to += values) block(blocks, at, out, to);
  };

/** A half-precision number (IEEE 754 binary16), stored little-endian. */
function half(bytes: Uint8Array, at: number): number {
  const bits = byte(bytes, at) | (byte(bytes, at + 1) << 8);
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

const byte = (bytes: Uint8Array, at: number) => bytes[at] ?? 0;
const signed = (bytes: Uint8Array, at: number) => (byte(bytes, at) << 24) >> 24;
/** Bit j of 32 bits that begin at `at`. */
const bit = (bytes: Uint8Array, at: number, j: number) => (byte(bytes, at + (j >> 3)) >> (j & 7)) & 1;

const q8_0: Block = (bytes, at, out, to) => {
  const d = half(bytes, at);
  for (let j = 0; j < 32; j++) out[to + j] = d * signed(bytes, at + 2 + j);
};

/** 4 bits a value, −8 to 7 in steps of d: low halves of 16 bytes first, then the high ones. */
const q4_0: Block = (bytes, at, out, to) => {
  const d = half(bytes, at);
  for (let j = 0; j < 16; j++) {
    const pair = byte(bytes, at + 2 + j);
    out[to + j] = d * ((pair & 15) - 8);
    out[to + j + 16] = d * ((pair >> 4) - 8);
  }
};

/** The same from 0 to 15, with a least value m. */
const q4_1: Block = (bytes, at, out, to) => {
  const [d, m] = [half(bytes, at), half(bytes, at + 2)];
  for (let j = 0; j < 16; j++) {
    const pair = byte(bytes, at + 4 + j);
    out[to + j] = d * (pair & 15) + m;
    out[to + j + 16] = d * (pair >> 4) + m;
  }
};

/** A fifth bit of each value stands in 4 bytes before them. */
const q5_0: Block = (bytes, at, out, to) => {
  const d = half(bytes, at);
  for (let j = 0; j < 16; j++) {
    const pair = byte(bytes, at + 6 + j);
    out[to + j] = d * (((pair & 15) | (bit(bytes, at + 2, j) << 4)) - 16);
    out[to + j + 16] = d * (((pair >> 4) | (bit(bytes, at + 2, j + 16) << 4)) - 16);
  }
};

const q5_1: Block = (bytes, at, out, to) => {
  const [d, m] = [half(bytes, at), half(bytes, at + 2)];
  for (let j = 0; j < 16; j++) {
    const pair = byte(bytes, at + 8 + j);
    out[to + j] = d * ((pair & 15) | (bit(bytes, at + 4, j) << 4)) + m;
    out[to + j + 16] = d * ((pair >> 4) | (bit(bytes, at + 4, j + 16) << 4)) + m;
  }
};

/** The scale and the least value of group j of 8, 6 bits each, packed in 12 bytes. */
function scaleAndLeast(bytes: Uint8Array, at: number, j: number): readonly [scale: number, least: number] {
  if (j < 4) return [byte(bytes, at + j) & 63, byte(bytes, at + j + 4) & 63];
  const low = byte(bytes, at + j + 4);
  return [(low & 15) | ((byte(bytes, at + j - 4) >> 6) << 4), (low >> 4) | ((byte(bytes, at + j) >> 6) << 4)];
}

/** 8 groups of 32 values of 4 bits: groups 2i and 2i + 1 are the low and high halves of the same 32 bytes. */
const q4_K: Block = (bytes, at, out, to) => {
  const [d, least] = [half(bytes, at), half(bytes, at + 2)];
  for (let j = 0; j < 8; j++) {
    const [scale, offset] = scaleAndLeast(bytes, at + 4, j);
    const from = at + 16 + 32 * (j >> 1);
    for (let i = 0; i < 32; i++) {
      const q = (byte(bytes, from + i) >> (4 * (j & 1))) & 15;
      out[to + 32 * j + i] = d * scale * q - least * offset;
    }
  }
};

/** The fifth bit of value i of group j is bit j of byte i of 32. */
const q5_K: Block = (bytes, at, out, to) => {
  const [d, least] = [half(bytes, at), half(bytes, at + 2)];
  for (let j = 0; j < 8; j++) {
    const [scale, offset] = scaleAndLeast(bytes, at + 4, j);
    const from = at + 48 + 32 * (j >> 1);
    for (let i = 0; i < 32; i++) {
      const high = (byte(bytes, at + 16 + i) >> j) & 1;
      const q = ((byte(bytes, from + i) >> (4 * (j & 1))) & 15) | (high << 4);
      out[to + 32 * j + i] = d * scale * q - least * offset;
    }
  }
};

/** 16 groups of 16 values of 6 bits: 4 in `low` (128 bytes), 2 in `high` (64), a signed scale for each group. */
const q6_K: Block = (bytes, at, out, to) => {
  const d = half(bytes, at + 208);
  for (let i = 0; i < 256; i++) {
    const [part, rest] = [i >> 7, i & 127];
    const [quarter, column] = [rest >> 5, rest & 31];
    const low = byte(bytes, at + 64 * part + (rest & 63)) >> (4 * (quarter >> 1));
    const high = byte(bytes, at + 128 + 32 * part + column) >> (2 * quarter);
    const q = ((low & 15) | ((high & 3) << 4)) - 32;
    out[to + i] = d * signed(bytes, at + 192 + (i >> 4)) * q;
  }
};

/** 16 groups of 16 values of 2 bits, each group with a scale and a least value of 4 bits in one byte. */
const q2_K: Block = (bytes, at, out, to) => {
  const [d, least] = [half(bytes, at + 80), half(bytes, at + 82)];
  for (let i = 0; i < 256; i++) {
    const [part, rest] = [i >> 7, i & 127];
    const scale = byte(bytes, at + (i >> 4));
    const q = (byte(bytes, at + 16 + 32 * part + (rest & 31)) >> (2 * (rest >> 5))) & 3;
    out[to + i] = d * (scale & 15) * q - least * (scale >> 4);
  }
};

/** The third bit of a value is in 32 bytes of masks, where a zero takes 4 away; scales have 6 bits and are 32 too large. */
const q3_K: Block = (bytes, at, out, to) => {
  const d = half(bytes, at + 108);
  for (let i = 0; i < 256; i++) {
    const [part, rest, group] = [i >> 7, i & 127, i >> 4];
    const low = (byte(bytes, at + 96 + (group & 7)) >> (4 * (group >> 3))) & 15;
    const high = (byte(bytes, at + 104 + (group & 3)) >> (2 * (group >> 2))) & 3;
    const q = (byte(bytes, at + 32 + 32 * part + (rest & 31)) >> (2 * (rest >> 5))) & 3;
    const isKept = (byte(bytes, at + (i & 31)) >> (i >> 5)) & 1;
    out[to + i] = d * ((low | (high << 4)) - 32) * (q - (isKept === 1 ? 0 : 4));
  }
};

export const decoders: Readonly<Record<string, Decoder>> = {
  q8_0: blockwise(34, 32, q8_0),
  q4_0: blockwise(18, 32, q4_0),
  q4_1: blockwise(20, 32, q4_1),
  q5_0: blockwise(22, 32, q5_0),
  q5_1: blockwise(24, 32, q5_1),
  q2_K: blockwise(84, 256, q2_K),
  q3_K: blockwise(110, 256, q3_K),
  q4_K: blockwise(144, 256, q4_K),
  q5_K: blockwise(176, 256, q5_K),
  q6_K: blockwise(210, 256, q6_K),
};
