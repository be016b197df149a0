/** Blocks of 32 values with one scale, and one least value in some. */
import { bit, byte, half, signed, type BlockType, type Unpacked } from './block-type.ts';

const PLAIN = { values: 32, span: 32 } as const;

/** Codes of 4 bits: the low halves of 16 bytes first, then the high ones. */
function nibbles(bytes: Uint8Array, at: number, least: number, { codes }: Unpacked): void {
  for (let j = 0; j < 16; j++) {
    const pair = byte(bytes, at + j);
    codes[j] = (pair & 15) + least;
    codes[j + 16] = (pair >> 4) + least;
  }
}

/** The same with a fifth bit of each code, in 4 bytes before them. */
function fives(bytes: Uint8Array, at: number, least: number, { codes }: Unpacked): void {
  for (let j = 0; j < 16; j++) {
    const pair = byte(bytes, at + 4 + j);
    codes[j] = ((pair & 15) | (bit(bytes, at, j) << 4)) + least;
    codes[j + 16] = ((pair >> 4) | (bit(bytes, at, j + 16) << 4)) + least;
  }
}

export const q8_0: BlockType = {
  ...{ ...PLAIN, bytes: 34, bits: 8, least: -128, hasMinima: false, halves: [0] },
  unpack(bytes, at, to) {
    to.scales[0] = half(bytes, at);
    for (let j = 0; j < 32; j++) to.codes[j] = signed(bytes, at + 2 + j);
  },
};

export const q4_0: BlockType = {
  ...{ ...PLAIN, bytes: 18, bits: 4, least: -8, hasMinima: false, halves: [0] },
  unpack(bytes, at, to) {
    to.scales[0] = half(bytes, at);
    nibbles(bytes, at + 2, -8, to);
  },
};

export const q4_1: BlockType = {
  ...{ ...PLAIN, bytes: 20, bits: 4, least: 0, hasMinima: true, halves: [0, 2] },
  unpack(bytes, at, to) {
    to.scales[0] = half(bytes, at);
    to.minima[0] = half(bytes, at + 2);
    nibbles(bytes, at + 4, 0, to);
  },
};

export const q5_0: BlockType = {
  ...{ ...PLAIN, bytes: 22, bits: 5, least: -16, hasMinima: false, halves: [0] },
  unpack(bytes, at, to) {
    to.scales[0] = half(bytes, at);
    fives(bytes, at + 2, -16, to);
  },
};

export const q5_1: BlockType = {
  ...{ ...PLAIN, bytes: 24, bits: 5, least: 0, hasMinima: true, halves: [0, 2] },
  unpack(bytes, at, to) {
    to.scales[0] = half(bytes, at);
    to.minima[0] = half(bytes, at + 2);
    fives(bytes, at + 4, 0, to);
  },
};
