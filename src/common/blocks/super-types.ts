/** The “K” types: blocks of 256 values in groups of 16 or 32, each group with a scale of its own. */
import { byte, half, signed, type BlockType, type Unpacked } from './block-type.ts';

const SUPER = { values: 256 } as const;

/** 8 groups with a scale and a least value of 6 bits each, packed in 12 bytes. */
function sixBits(bytes: Uint8Array, at: number, { scales, minima }: Unpacked): void {
  const [d, least] = [half(bytes, at), half(bytes, at + 2)];
  const packed = at + 4;
  for (let j = 0; j < 8; j++) {
    const low = byte(bytes, packed + j + 4);
    const scale =
      j < 4 ? byte(bytes, packed + j) & 63 : (low & 15) | ((byte(bytes, packed + j - 4) >> 6) << 4);
    const offset = j < 4 ? low & 63 : (low >> 4) | ((byte(bytes, packed + j) >> 6) << 4);
    scales[j] = d * scale;
    minima[j] = -least * offset;
  }
}

/** Groups 2i and 2i + 1 are the low and high halves of the same 32 bytes. */
export const q4_K: BlockType = {
  ...{ ...SUPER, bytes: 144, span: 32, bits: 4, least: 0, hasMinima: true, halves: [0, 2] },
  unpack(bytes, at, to) {
    sixBits(bytes, at, to);
    for (let j = 0; j < 8; j++) {
      const from = at + 16 + 32 * (j >> 1);
      for (let i = 0; i < 32; i++) to.codes[32 * j + i] = (byte(bytes, from + i) >> (4 * (j & 1))) & 15;
    }
  },
};

/** The same; the fifth bit of value i of group j is bit j of byte i of 32. */
export const q5_K: BlockType = {
  ...{ ...SUPER, bytes: 176, span: 32, bits: 5, least: 0, hasMinima: true, halves: [0, 2] },
  unpack(bytes, at, to) {
    sixBits(bytes, at, to);
    for (let j = 0; j < 8; j++) {
      const from = at + 48 + 32 * (j >> 1);
      for (let i = 0; i < 32; i++) {
        const high = (byte(bytes, at + 16 + i) >> j) & 1;
        to.codes[32 * j + i] = ((byte(bytes, from + i) >> (4 * (j & 1))) & 15) | (high << 4);
      }
    }
  },
};

/** 16 groups of codes of 6 bits: 4 in `low` (128 bytes), 2 in `high` (64), a signed scale for each group. */
export const q6_K: BlockType = {
  ...{ ...SUPER, bytes: 210, span: 16, bits: 6, least: -32, hasMinima: false, halves: [208] },
  unpack(bytes, at, to) {
    const d = half(bytes, at + 208);
    for (let j = 0; j < 16; j++) to.scales[j] = d * signed(bytes, at + 192 + j);
    for (let i = 0; i < 256; i++) {
      const [part, rest] = [i >> 7, i & 127];
      const [quarter, column] = [rest >> 5, rest & 31];
      const low = byte(bytes, at + 64 * part + (rest & 63)) >> (4 * (quarter >> 1));
      const high = byte(bytes, at + 128 + 32 * part + column) >> (2 * quarter);
      to.codes[i] = ((low & 15) | ((high & 3) << 4)) - 32;
    }
  },
};

/** 16 groups of codes of 2 bits, each group with a scale and a least value of 4 bits in one byte. */
export const q2_K: BlockType = {
  ...{ ...SUPER, bytes: 84, span: 16, bits: 2, least: 0, hasMinima: true, halves: [80, 82] },
  unpack(bytes, at, to) {
    const [d, least] = [half(bytes, at + 80), half(bytes, at + 82)];
    for (let j = 0; j < 16; j++) {
      const scale = byte(bytes, at + j);
      to.scales[j] = d * (scale & 15);
      to.minima[j] = -least * (scale >> 4);
    }
    for (let i = 0; i < 256; i++) {
      const [part, rest] = [i >> 7, i & 127];
      to.codes[i] = (byte(bytes, at + 16 + 32 * part + (rest & 31)) >> (2 * (rest >> 5))) & 3;
    }
  },
};

/** The third bit of a code is in 32 bytes of masks, where a zero takes 4 away; scales have 6 bits and are 32 too large. */
export const q3_K: BlockType = {
  ...{ ...SUPER, bytes: 110, span: 16, bits: 3, least: -4, hasMinima: false, halves: [108] },
  unpack(bytes, at, to) {
    const d = half(bytes, at + 108);
    for (let j = 0; j < 16; j++) {
      const low = (byte(bytes, at + 96 + (j & 7)) >> (4 * (j >> 3))) & 15;
      const high = (byte(bytes, at + 104 + (j & 3)) >> (2 * (j >> 2))) & 3;
      to.scales[j] = d * ((low | (high << 4)) - 32);
    }
    for (let i = 0; i < 256; i++) {
      const [part, rest] = [i >> 7, i & 127];
      const low = (byte(bytes, at + 32 + 32 * part + (rest & 31)) >> (2 * (rest >> 5))) & 3;
      const isKept = (byte(bytes, at + (i & 31)) >> (i >> 5)) & 1;
      to.codes[i] = low - (isKept === 1 ? 0 : 4);
    }
  },
};
