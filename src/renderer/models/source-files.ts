/** Small files of a model's folder. */
import type { Config } from '../../common/configs/config.ts';
import { badFile } from '../../common/configs/sentence-transformers.ts';
import { HeadgateError } from '../../common/error.ts';
import type { Tokenizer } from '../../common/text/tokenizer.ts';
import { createTokenizer } from '../text/tokenizer.ts';
import type { WeightSource } from './weights.ts';

/** Bytes; sentencepiece's largest models of today take about 5 MiB. */
const MOST_BYTES = 32 * 2 ** 20;

/** A whole file as text. @param file its id and size @throws what the source throws; the signal's reason */
export async function readSourceText(
  source: WeightSource,
  { id, size }: { readonly id: string; readonly size: number },
  signal: AbortSignal,
): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const piece of source.read(id, 0, size, signal)) text += decoder.decode(piece, { stream: true });
  return text + decoder.decode();
}

/** A sentencepiece model whole. @throws HeadgateError `bad-tokenizer` for one that is too large; as `readSourceText` */
async function readSourceBytes(
  source: WeightSource,
  { id, name, size }: { readonly id: string; readonly name: string; readonly size: number },
  signal: AbortSignal,
): Promise<Uint8Array> {
  if (size > MOST_BYTES)
    throw new HeadgateError(
      'bad-tokenizer',
      `${name}: it has ${size} bytes; the limit is ${MOST_BYTES}.`,
      'Get the file anew.',
    );
  return readSourceRange(source, id, 0, size, signal);
}

/** Bytes [begin, end) of a file, by its id. @throws what the source throws; the signal's reason */
export async function readSourceRange(
  source: WeightSource,
  file: string,
  begin: number,
  end: number,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(end - begin);
  let at = 0;
  for await (const piece of source.read(file, begin, end, signal)) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** A JSON object by its file's name; null when the folder has none. @throws HeadgateError `bad-config`; as `readSourceText` */
export async function readSourceJson(
  source: WeightSource,
  name: string,
  signal: AbortSignal,
): Promise<Config | null> {
  const file = source.model.files.find((candidate) => candidate.name === name);
  if (file === undefined) return null;
  const text = await readSourceText(source, file, signal);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw badFile(name, 'is not valid JSON', cause);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badFile(name, 'is not a JSON object');
  return value as Config;
}

/**
 * The tokenizer of the folder's own files.
 * @param side of a translation: each has its sentencepiece model
 * @throws as `createTokenizer`; HeadgateError `bad-tokenizer` for a sentencepiece model that is too large
 */
export async function openSourceTokenizer(
  source: WeightSource,
  signal: AbortSignal,
  side: 'source' | 'target' = 'source',
): Promise<Tokenizer> {
  const { config, files: all, tokenizer } = source.model;
  // Its model type tells what kind of tokenizer a bare vocabulary belongs to.
  const files: Record<string, string | Uint8Array> = { 'config.json': JSON.stringify(config ?? {}) };
  for (const [name, id] of Object.entries(tokenizer)) {
    const file = all.find((candidate) => candidate.id === id);
    if (file === undefined) continue;
    if (/\.(json|txt|jinja)$/.test(name)) files[name] = await readSourceText(source, file, signal);
    else if (name === `${side}.spm` && tokenizer['tokenizer.json'] === undefined)
      files[name] = await readSourceBytes(source, file, signal);
  }
  return createTokenizer(files, signal);
}
