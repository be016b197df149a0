/**
 * How packed types lie on the GPU. A matrix [N, K] is stored row by row in blocks (`common/blocks/`): codes, and for each
 * S = 16 or 32 of them a scale and, of some types, a minimum. On the GPU four neighbouring rows, which are columns of the
 * product, go together:
 *   values [N/4][K/4] pieces of 4 rows × 4 values of k. Codes of 8 bits: a u32 for each k, a byte in it for each row; codes
 *     of 4 bits or fewer: a u32 for each two k, a byte in it for each row, the first k in its lower half. They are stored
 *     with half their range (128 or 8) added, except for what holds a word's sign: the last row's, of 4 bits at odd k,
 *     which is in two's complement. Codes from 0 to 15 are moved to −8 … 7, and their minima with them;
 *   scales [N/4][K/S] × 4 rows, f32, times 256^−row, since the shaders read a row's values where they stand in their
 *     words; with minima [N/4][K/S][2] × 4 rows, each scale's minimum behind it. Rows beyond N have scale 0.
 */
import { keptCodeBits, unpackedBlock } from '../../../common/blocks/block-type.ts';
import { BLOCK_TYPES, type BlockDtype } from '../../../common/blocks/block-types.ts';

export interface Repacked {
  readonly values: Uint8Array<ArrayBuffer>;
  readonly scales: Float32Array<ArrayBuffer>;
}

/** Bytes of one row [K] in its blocks. */
export function storedRowBytes(dtype: BlockDtype, K: number): number {
  const { values, bytes } = BLOCK_TYPES[dtype];
  return (K / values) * bytes;
}

/** Bytes on the GPU: of values and of scales. */
export function repackedBytes(dtype: BlockDtype, N: number, K: number): { values: number; scales: number } {
  const { span, hasMinima } = BLOCK_TYPES[dtype];
  const rows = Math.ceil(N / 4) * 4;
  return {
    values: (rows * K * keptCodeBits(BLOCK_TYPES[dtype])) / 8,
    scales: rows * (K / span) * (hasMinima ? 8 : 4),
  };
}

/** Repacks whole rows. To stream a matrix, give multiples of 4 rows at a time and append the results. */
export function repack(dtype: BlockDtype, bytes: Uint8Array, rows: number, K: number): Repacked {
  const type = BLOCK_TYPES[dtype];
  const size = repackedBytes(dtype, rows, K);
  const values = new Uint8Array(size.values);
  const scales = new Float32Array(size.scales / 4);
  const block = unpackedBlock();
  const isNibbles = keptCodeBits(type) === 4;
  // Codes that begin at 0 and need all 4 bits.
  const moved = isNibbles ? Math.max(0, type.least + 2 ** type.bits - 8) : 0;
  const spans = type.values / type.span;
  const stride = type.hasMinima ? 8 : 4;
  for (let n = 0, at = 0; n < rows; n++) {
    const [group, row] = [Math.floor(n / 4), n % 4];
    const share = 256 ** -row;
    for (let k = 0; k < K; k += type.values, at += type.bytes) {
      type.unpack(bytes, at, block);
      const first = ((group * K + k) / type.span) * stride + row;
      for (let i = 0; i < spans; i++) {
        const scale = block.scales[i] ?? 0;
        scales[first + i * stride] = scale * share;
        if (type.hasMinima) scales[first + i * stride + 4] = (block.minima[i] ?? 0) + moved * scale;
      }
      const place = (group * K + k) * (isNibbles ? 2 : 4) + row;
      const turned = row === 3;
      if (isNibbles) putNibbles(values, place, turned, block.codes, type.values, moved);
      else putBytes(values, place, turned, block.codes, type.values);
    }
  }
  return { values, scales };
}

/** @param turned in two's complement: the word's sign is in these bytes */
function putBytes(to: Uint8Array, place: number, turned: boolean, codes: Int8Array, count: number): void {
  const flipped = turned ? 0 : 0x80;
  for (let i = 0; i < count; i++) to[place + 4 * i] = (codes[i] ?? 0) ^ flipped;
}

/** @param moved is taken off every code */
function putNibbles(
  to: Uint8Array,
  place: number,
  turned: boolean,
  codes: Int8Array,
  count: number,
  moved: number,
): void {
  // Half the range is added to all, and taken off again where a word has its sign.
  const flipped = turned ? 0x80 : 0;
  const added = 8 - moved;
  for (let i = 0; i < count; i += 2) {
    const low = ((codes[i] ?? 0) + added) & 15;
    const high = ((codes[i + 1] ?? 0) + added) & 15;
    to[place + 2 * i] = (low | (high << 4)) ^ flipped;
  }
}
