/** Finds the weights that hold NaN or infinities while they are read, whatever the family. */
import type { TensorInfo } from '../../common/contract.ts';
import type { WeightSource } from './weights.ts';

/** Bytes of a value, and whether its two uppermost bytes are those of NaN or an infinity (all bits of the exponent set). */
interface FloatKind {
  readonly size: number;
  readonly upper: number;
  readonly lower: number;
}

/** Little-endian: the sign and the exponent's upper bits lie in the last byte, its lower bits in the one before. */
const KINDS: Readonly<Record<string, FloatKind>> = {
  F16: { size: 2, upper: 0x7c, lower: 0 },
  BF16: { size: 2, upper: 0x7f, lower: 0x80 },
  F32: { size: 4, upper: 0x7f, lower: 0x80 },
  F64: { size: 8, upper: 0x7f, lower: 0xf0 },
};

/** @returns the source, and what its tensors were found to be once they have been read through it */
export function scanned(source: WeightSource): {
  readonly source: WeightSource;
  readonly invalid: ReadonlySet<string>;
} {
  const invalid = new Set<string>();
  const { tensors } = source.model;
  return {
    invalid,
    source: {
      ...source,
      async *read(file, begin, end, signal) {
        const own = tensors.filter(
          (tensor) => tensor.file === file && tensor.begin < end && tensor.end > begin,
        );
        let at = begin;
        let before = 0;
        for await (const piece of source.read(file, begin, end, signal)) {
          for (const tensor of own)
            if (!invalid.has(tensor.name) && holdsInvalid(tensor, piece, at, before))
              invalid.add(tensor.name);
          at += piece.length;
          before = piece.at(-1) ?? before;
          yield piece;
        }
      },
    },
  };
}

/** @param at where the piece begins in the file @param before the byte before it */
function holdsInvalid(
  { dtype, begin, end }: TensorInfo,
  piece: Uint8Array,
  at: number,
  before: number,
): boolean {
  const kind = KINDS[dtype];
  if (kind === undefined) return false;
  const { size, upper, lower } = kind;
  const to = Math.min(end - at, piece.length);
  // The last byte of the first value that ends in this piece.
  const skipped = Math.max(at - begin, 0);
  let i = Math.max(begin - at, 0) + size - 1 - (skipped % size);
  if (i === 0) {
    if (to > 0 && ((piece[0] ?? 0) & upper) === upper && (before & lower) === lower) return true;
    i += size;
  }
  for (; i < to; i += size)
    if (((piece[i] ?? 0) & upper) === upper && ((piece[i - 1] ?? 0) & lower) === lower) return true;
  return false;
}
