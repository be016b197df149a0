/** Small files of a model's folder. */
import type { ReadFile } from '../../common/model-files.ts';
import { readTokenizerFiles, type Side } from '../../common/text/open-files.ts';
import type { Tokenizer } from '../../common/text/tokenizer.ts';
import { createTokenizer } from '../text/tokenizer.ts';
import type { WeightSource } from './weights.ts';

/** Reads whole files of the source. */
export function sourceReader(source: WeightSource, signal: AbortSignal): ReadFile {
  return ({ id, size }) => readSourceRange(source, id, 0, size, signal);
}

/** Bytes [begin, end) of a file, by its id. @throws what the source throws; the signal's reason */
export async function readSourceRange(
  source: WeightSource,
  file: string,
  begin: number,
  end: number,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(end - begin);
  let at = 0;
  for await (const piece of source.read(file, begin, end, signal)) {
    if (at + piece.length > bytes.length)
      throw new Error(`A file gave more than the ${bytes.length} bytes asked for.`);
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes.subarray(0, at);
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
