import type { TensorInfo } from '../../../common/contract.ts';
import { bucketsOf, type SubwordRules } from '../../../common/text/subwords.ts';
import type { WeightSource } from '../weights.ts';

/** The mean of the buckets of a word's parts, [width]; zeros for a word without parts. Only these rows are read. */
export async function unlistedVector(
  source: WeightSource,
  { file, begin }: TensorInfo,
  { word, width, rules }: { readonly word: string; readonly width: number; readonly rules: SubwordRules },
  signal: AbortSignal,
): Promise<Float32Array<ArrayBuffer>> {
  const sum = new Float32Array(width);
  const buckets = bucketsOf(word, rules);
  for (const bucket of buckets) {
    const row = new Uint8Array(width * 4);
    const at = begin + bucket * width * 4;
    let done = 0;
    for await (const piece of source.read(file, at, at + row.length, signal)) {
      row.set(piece, done);
      done += piece.length;
    }
    const values = new Float32Array(row.buffer);
    for (let d = 0; d < width; d++) sum[d] = (sum[d] ?? 0) + (values[d] ?? 0) / buckets.length;
  }
  return sum;
}
