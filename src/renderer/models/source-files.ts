/** Small text files of a model's folder. */
import { createTokenizer, type Tokenizer } from '../text/tokenizer.ts';
import type { WeightSource } from './weights.ts';

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

/** The tokenizer of the folder's own files. @throws as `createTokenizer` */
export async function openSourceTokenizer(source: WeightSource, signal: AbortSignal): Promise<Tokenizer> {
  const { config, files: all, tokenizer } = source.model;
  // Its model type tells what kind of tokenizer a bare vocabulary belongs to.
  const files: Record<string, string> = { 'config.json': JSON.stringify(config ?? {}) };
  for (const [name, id] of Object.entries(tokenizer)) {
    const file = all.find((candidate) => candidate.id === id);
    // Models in protobuf are not read.
    if (file !== undefined && /\.(json|txt|jinja)$/.test(name))
      files[name] = await readSourceText(source, file, signal);
  }
  return createTokenizer(files, signal);
}
