/** Small files of a model's folder. */
import type { ReadFile } from '../../common/model-files.ts';
import { readTokenizerFiles, type Side } from '../../common/text/open-files.ts';
import type { Tokenizer } from '../../common/text/tokenizer.ts';
import { createTokenizer } from '../text/tokenizer.ts';
import type { WeightSource } from './weights.ts';

/** Reads whole files of the source. */
export function sourceReader(source: WeightSource, signal: AbortSignal): ReadFile {
  return async ({ id, name, size }) => {
    const bytes = new Uint8Array(size);
    let at = 0;
    for await (const piece of source.read(id, 0, size, signal)) {
      if (at + piece.length > size) throw new Error(`${name} gave more than its ${size} bytes.`);
      bytes.set(piece, at);
      at += piece.length;
    }
    return bytes.subarray(0, at);
  };
}

/**
 * The tokenizer of the folder's own files.
 * @throws as `createTokenizer` and `readTokenizerFiles`
 */
export async function openSourceTokenizer(
  source: WeightSource,
  signal: AbortSignal,
  side: Side = 'source',
): Promise<Tokenizer> {
  const files = await readTokenizerFiles(source.model, sourceReader(source, signal), side);
  return createTokenizer(files, signal);
}
