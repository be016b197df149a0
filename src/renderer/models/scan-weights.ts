/** Finds the weights that hold NaN or infinities while they are read, whatever the family. */
import { BLOCK_TYPES } from '../../common/blocks/block-types.ts';
import type { TensorInfo } from '../../common/contract.ts';
import type { WeightSource } from './weights.ts';

/** Bytes of a value, and whether its two uppermost bytes are those of NaN or an infinity (all bits of the exponent set). */
interface FloatKind {
  readonly size: number;
  readonly upper: number;
  readonly lower: number;
}

/** Little-endian: the sign and the exponent's upper bits lie in the last byte, its lower bits in the one before. */
const HALF: FloatKind = { size: 2, upper: 0x7c, lower: 0 };
const KINDS: Readonly<Record<string, FloatKind>> = {
  F16: HALF,
  BF16: { size: 2, upper: 0x7f, lower: 0x80 },
  F32: { size: 4, upper: 0x7f, lower: 0x80 },
  F64: { size: 8, upper: 0x7f, lower: 0xf0 },
};

/** Bytes of a file in which values of a kind stand one after another, `stride` bytes apart. */
interface Stretch {
  readonly name: string;
  readonly file: string;
  readonly begin: number;
  readonly end: number;
  readonly kind: FloatKind;
  readonly stride: number;
}

/** @returns the source, and what its tensors were found to be once they have been read through it */
export function scanned(source: WeightSource): {
  readonly source: WeightSource;
  readonly invalid: ReadonlySet<string>;
} {
  const invalid = new Set<string>();
  const stretches = source.model.tensors.flatMap(stretchesOf);
  return {
    invalid,
    source: {
      ...source,
      async *read(file, begin, end, signal) {
        const own = stretches.filter((one) => one.file === file && one.begin < end && one.end > begin);
        let at = begin;
        let before = 0;
        for await (const piece of source.read(file, begin, end, signal)) {
          for (const stretch of own)
            if (!invalid.has(stretch.name) && holdsInvalid(stretch, piece, at, before))
              invalid.add(stretch.name);
          at += piece.length;
          before = piece.at(-1) ?? before;
          yield piece;
        }
      },
    },
  };
}

/** What can be NaN of a tensor, in whichever form it is read: its values, or the scales of its blocks. */
function stretchesOf({ name, dtype, packed, ...place }: TensorInfo): Stretch[] {
  const kind = KINDS[dtype];
  const values = kind === undefined ? [] : [{ name, ...place, kind, stride: kind.size }];
  if (packed === undefined) return values;
  const { file, begin, end } = packed;
  const { halves, bytes: stride } = BLOCK_TYPES[packed.dtype];
  return [...values, ...halves.map((half) => ({ name, file, begin: begin + half, end, kind: HALF, stride }))];
}

/** @param at where the piece begins in the file @param before the byte before it */
function holdsInvalid(
  { begin, end, kind, stride }: Stretch,
  piece: Uint8Array,
  at: number,
  before: number,
): boolean {
  const { size, upper, lower } = kind;
  const to = Math.min(end - at, piece.length);
  // The last byte of the first value that ends in this piece.
  const passed = Math.max(0, Math.ceil((at - begin - size + 1) / stride));
  let i = begin + passed * stride + size - 1 - at;
  if (i === 0) {
    if (to > 0 && ((piece[0] ?? 0) & upper) === upper && (before & lower) === lower) return true;
    i += stride;
  }
  for (; i < to; i += stride)
    if (((piece[i] ?? 0) & upper) === upper && ((piece[i - 1] ?? 0) & lower) === lower) return true;
  return false;
}
