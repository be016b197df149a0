/**
 * ggml's packed types (ggml-quants.c): a block holds its values as small integers, its codes, and one or two scales; the
 * blocks of the “K” types hold a scale for each 16 or 32 of their 256 values. Of every type
 *   value = scale · code + minimum
 * where the minimum is there for some types only.
 */
export interface BlockType {
  /** Values of a block. */
  readonly values: number;
  /** Bytes of a block. */
  readonly bytes: number;
  /** Neighbouring values that share a scale and a minimum. */
  readonly span: 16 | 32;
  /** Codes lie in [least, least + 2^bits). */
  readonly bits: number;
  readonly least: number;
  readonly hasMinima: boolean;
  /** Where in a block its half-precision numbers begin. */
  readonly halves: readonly number[];
  /** Takes the block that begins at `at` apart. */
  readonly unpack: (bytes: Uint8Array, at: number, to: Unpacked) => void;
}

/** What a block holds. All products of its scales are exact in f32. */
export interface Unpacked {
  /** [values] */
  readonly codes: Int8Array;
  /** [values / span] */
  readonly scales: Float32Array;
  /** [values / span]; of types without minima: not written. */
  readonly minima: Float32Array;
}

/** Room for a block of any type. */
export function unpackedBlock(): Unpacked {
  return { codes: new Int8Array(256), scales: new Float32Array(16), minima: new Float32Array(16) };
}

export const byte = (bytes: Uint8Array, at: number) => bytes[at] ?? 0;
export const signed = (bytes: Uint8Array, at: number) => (byte(bytes, at) << 24) >> 24;
/** Bit j of 32 bits that begin at `at`. */
export const bit = (bytes: Uint8Array, at: number, j: number) => (byte(bytes, at + (j >> 3)) >> (j & 7)) & 1;

/** What the last place of a half-precision number with each exponent is worth. */
const PLACES = Float64Array.from({ length: 31 }, (_, exponent) => 2 ** (Math.max(exponent, 1) - 25));

/** A half-precision number (IEEE 754 binary16), stored little-endian. */
export function half(bytes: Uint8Array, at: number): number {
  const bits = byte(bytes, at) | (byte(bytes, at + 1) << 8);
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? fraction : 1024 + fraction) * (PLACES[exponent] ?? NaN);
}

/**
 * The f32 values of whole blocks, to the bit as PyPI's `gguf` (quants.py) gives them.
 * @param out as long as the blocks have values
 */
export function decodeBlocks(type: BlockType, blocks: Uint8Array, out: Float32Array): void {
  const { values, bytes, span, hasMinima } = type;
  const block = unpackedBlock();
  for (let at = 0, to = 0; to < out.length; at += bytes, to += values) {
    type.unpack(blocks, at, block);
    for (let i = 0, part = 0; i < values; part++) {
      const scale = block.scales[part] ?? 0;
      const minimum = hasMinima ? (block.minima[part] ?? 0) : 0;
      for (const end = i + span; i < end; i++) out[to + i] = scale * (block.codes[i] ?? 0) + minimum;
    }
  }
}

/** Bits of a code on the GPU, which reads 4 or 8 at a time. */
export function keptCodeBits({ bits }: Pick<BlockType, 'bits'>): 4 | 8 {
  return bits <= 4 ? 4 : 8;
}

/** Bits that a value takes on the GPU: its code, and its share of the scales and minima, f32 each. */
export function keptBits(type: BlockType): number {
  return keptCodeBits(type) + ((type.hasMinima ? 2 : 1) * 32) / type.span;
}
