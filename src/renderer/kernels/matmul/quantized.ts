/**
 * GGUF's block formats, and how they are repacked for the GPU. A matrix [N, K] is stored row by row in blocks of 32
 * values with one scale:
 *   q8_0  34 bytes: f16 scale, 32 × i8                          value = scale · q
 *   q4_0  18 bytes: f16 scale, 16 bytes of two nibbles each     value = scale · (q − 8); byte i holds values i and i + 16
 * On the GPU four neighbouring rows, which are columns of the product, go together:
 *   values [N/4][K/4] pieces of 4 rows × 4 values of k: of q8_0 a u32 for each k, a byte in it for each row; of q4_0 a u32
 *   for each two k, a byte in it for each row, the first k in its lower half. Stored with half their range (128 or 8)
 *   added, except for what holds a word's sign: the last row's, of q4_0 at odd k, which is in two's complement;
 *   scales [N/4][K/32] × 4 rows, f32, times 256^−row, since the shaders read a row's values where they stand in their
 *   words. Rows beyond N have scale 0.
 */
export type BlockDtype = 'q8_0' | 'q4_0';

/** Values of one block. */
export const BLOCK = 32;
/** Stored bytes of one block. */
export const BLOCK_BYTES: Readonly<Record<BlockDtype, number>> = { q8_0: 34, q4_0: 18 };

export interface Repacked {
  readonly values: Uint8Array<ArrayBuffer>;
  readonly scales: Float32Array<ArrayBuffer>;
}

/** Bytes on the GPU: of values and of scales. */
export function repackedBytes(dtype: BlockDtype, N: number, K: number): { values: number; scales: number } {
  const groups = Math.ceil(N / 4);
  return { values: groups * K * (dtype === 'q8_0' ? 4 : 2), scales: groups * (K / BLOCK) * 16 };
}

/**
 * Repacks whole rows. To stream a matrix, give multiples of 4 rows at a time and append the results.
 * @param halfToFloat f32 of an f16's bits
 * @internal no format keeps its blocks on the GPU yet; the kernels that read them are tested and measured
 */
export function repack(
  dtype: BlockDtype,
  bytes: Uint8Array,
  rows: number,
  K: number,
  halfToFloat: (half: number) => number,
): Repacked {
  const size = repackedBytes(dtype, rows, K);
  const values = new Uint8Array(size.values);
  const scales = new Float32Array(size.scales / 4);
  const blocks = K / BLOCK;
  for (let n = 0; n < rows; n++)
    for (let block = 0; block < blocks; block++) {
      const at = (n * blocks + block) * BLOCK_BYTES[dtype];
      const [group, row] = [Math.floor(n / 4), n % 4];
      const scale = halfToFloat((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8));
      scales[(group * blocks + block) * 4 + row] = scale * 256 ** -row;
      const first = (group * K + block * BLOCK) * 4;
      if (dtype === 'q8_0') {
        const turned = row === 3 ? 0 : 0x80;
        for (let i = 0; i < BLOCK; i++) values[first + i * 4 + row] = (bytes[at + 2 + i] ?? 0) ^ turned;
      } else {
        const turned = row === 3 ? 0x80 : 0;
        const nibble = (i: number) => ((bytes[at + 2 + (i % 16)] ?? 0) >> (i < 16 ? 0 : 4)) & 15;
        for (let i = 0; i < BLOCK; i += 2)
          values[first / 2 + i * 2 + row] = (nibble(i) | (nibble(i + 1) << 4)) ^ turned;
      }
    }
  return { values, scales };
}
