import { AppError } from '../error.ts';

/**
 * GGUF's block formats, and how they are repacked for the GPU. A matrix [N, K] is stored row by row in blocks of 32
 * values with one scale:
 *   q8_0  34 bytes: f16 scale, 32 × i8                          value = scale · q
 *   q4_0  18 bytes: f16 scale, 16 bytes of two nibbles each     value = scale · (q − 8); byte i holds values i and i + 16
 * On the GPU four neighbouring rows, which are columns of the product, go together:
 *   values [N/4][K/4] pieces of 4 rows × 4 values of k, in two's complement, the first value in the lowest bits: a u32 for
 *   each row (q8_0), or for each two rows (q4_0);
 *   scales [N/4][K/32] × 4 rows, f32, times 127 (q8_0), since the shaders read values as 127ths, or times 2^-28 (q4_0),
 *   since they read them as the upper bits of an integer. Rows beyond N are zeros.
 */
export type BlockDtype = 'q8_0' | 'q4_0';

/** Values of one block. */
export const BLOCK = 32;
/** Stored bytes of one block. */
export const BLOCK_BYTES: Readonly<Record<BlockDtype, number>> = { q8_0: 34, q4_0: 18 };

/** What the shaders' way of reading a value leaves to its scale. */
const FACTOR: Readonly<Record<BlockDtype, number>> = { q8_0: 127, q4_0: 2 ** -28 };

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
 * @throws AppError `unsupported-quantization` for a q8_0 value of −128: GGUF's blocks are symmetric, so nothing writes it,
 * and the shaders would read it as −127.
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
  if (dtype === 'q8_0') checkRange(bytes);
  for (let n = 0; n < rows; n++)
    for (let block = 0; block < blocks; block++) {
      const at = (n * blocks + block) * BLOCK_BYTES[dtype];
      const group = Math.floor(n / 4);
      const scale = halfToFloat((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8));
      scales[(group * blocks + block) * 4 + (n % 4)] = scale * FACTOR[dtype];
      const first = (group * K + block * BLOCK) * 4;
      if (dtype === 'q8_0')
        for (let i = 0; i < BLOCK; i++)
          values[first + (i - (i % 4)) * 4 + (n % 4) * 4 + (i % 4)] = bytes[at + 2 + i] ?? 0;
      else {
        // 8 less, in four bits: the upper bit turned over.
        const nibble = (i: number) => (((bytes[at + 2 + (i % 16)] ?? 0) >> (i < 16 ? 0 : 4)) & 15) ^ 8;
        for (let i = 0; i < BLOCK; i += 2)
          values[first / 2 + (i - (i % 4)) * 2 + (n % 4) * 2 + (i % 4) / 2] =
            nibble(i) | (nibble(i + 1) << 4);
      }
    }
  // Rows that are not there have scale 0, so whatever their values say is nothing.
  return { values, scales };
}

function checkRange(bytes: Uint8Array): void {
  for (const [at, byte] of bytes.entries())
    if (byte === 0x80 && at % BLOCK_BYTES.q8_0 >= 2)
      throw new AppError(
        'unsupported-quantization',
        'A block of q8_0 weights holds the value −128; its values go from −127 to 127.',
        'Quantize the model again with llama.cpp.',
      );
}
