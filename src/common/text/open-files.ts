/** Which tokenizers a model has, and what they are made of: for the window, which opens them, and for `headgate inspect`. */
import type { ModelDetail } from '../contract.ts';
import { entriesOf, noVocabulary, type TokenizerConfig } from '../configs/fields.ts';
import { fileNamed, readBytes, readText, type ReadFile } from '../model-files.ts';
import type { Token } from './token.ts';
import type { TokenizerFiles } from './tokenizer-files.ts';
import { listOrIds } from './list-or-ids.ts';
import { parseVocabulary, VocabularyTokenizer } from './vocabulary.ts';

/** Of a translation: each side may have its own sentencepiece model. */
export type Side = 'source' | 'target';

/**
 * The contents of the usual tokenizer files that the folder has.
 * @throws HeadgateError `bad-tokenizer` for a file that is too large or not UTF-8; as `read`
 */
export async function readTokenizerFiles(
  model: ModelDetail,
  read: ReadFile,
  side: Side = 'source',
): Promise<TokenizerFiles> {
  // Its model type tells what kind of tokenizer a bare vocabulary belongs to.
  const files: Record<string, string | Uint8Array> = { 'config.json': JSON.stringify(model.config ?? {}) };
  const isWhole = model.tokenizer['tokenizer.json'] !== undefined;
  for (const name of Object.keys(model.tokenizer)) {
    const file = fileNamed(model, name);
    if (file === null || (isWhole && OLDER.has(name))) continue;
    if (/\.(json|txt|jinja)$/.test(name))
      files[name] = await readText(file, read, 'bad-tokenizer', name === 'tokenizer.json');
    else if (!isWhole && (name === `${side}.spm` || BINARY.test(name)))
      files[name] = await readBytes(file, read, 'bad-tokenizer');
  }
  return files;
}

/** Vocabularies that are no text. */
const BINARY = /\.(?:model|tiktoken)$/;

/** The sides that the folder has a tokenizer for, where config.json does not describe them. */
export function sidesOf({ tokenizer }: ModelDetail): readonly Side[] {
  const isSplit = tokenizer['tokenizer.json'] === undefined && tokenizer['target.spm'] !== undefined;
  return isSplit ? ['source', 'target'] : ['source'];
}

/** Files that nothing is taken of beside a tokenizer.json. */
const OLDER: ReadonlySet<string> = new Set(['vocab.json', 'target_vocab.json', 'merges.txt', 'vocab.txt']);

/** The tokenizer that a config of ours describes: files for the usual kind, or a list of characters or words. */
export type Configured =
  | { readonly files: TokenizerFiles; readonly list: null }
  | { readonly files: null; readonly list: VocabularyTokenizer };

/**
 * @param beyond what text outside of a list becomes, where the list has no entry for it; null: it is refused
 * @throws HeadgateError `no-vocabulary` naming the file that is missing; `bad-vocabulary`; `bad-tokenizer` for a file that is
 *   too large or not UTF-8; as `read`
 */
export async function readConfiguredTokenizer(
  model: ModelDetail,
  config: TokenizerConfig,
  read: ReadFile,
  beyond: ((piece: string) => Token) | null = null,
): Promise<Configured> {
  const textOf = (name: string, ignoreBOM = false) => {
    const file = fileNamed(model, name);
    if (file === null) throw noVocabulary(model.name, name);
    return readText(file, read, 'bad-tokenizer', ignoreBOM);
  };
  if (config.kind === 'file')
    return { files: { [config.file]: await textOf(config.file, true) }, list: null };
  if (config.kind === 'auto') {
    const name = [config.vocab, 'vocab.json'].find((one) => fileNamed(model, one) !== null);
    const file = name === undefined ? null : { name, text: await textOf(name) };
    return { files: null, list: listOrIds(file, Number(model.config?.['vocab_size'] ?? 0), config) };
  }
  const entries = entriesOf(config) ?? parseVocabulary(config.vocab, await textOf(config.vocab));
  return { files: null, list: new VocabularyTokenizer(config, entries, beyond) };
}
