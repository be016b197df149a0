import type { Tokenizer } from '../../../common/text/tokenizer.ts';
import { createTokenizer } from '../../text/tokenizer.ts';
import { noVocabulary, type TokenizerConfig } from '../../../common/configs/fields.ts';
import type { WeightSource } from '../weights.ts';
import { parseVocabulary, VocabularyTokenizer } from '../../../common/text/vocabulary.ts';

/**
 * The tokenizer that a config of ours describes.
 * @throws HeadgateError `no-vocabulary` naming the file that is missing; as `createTokenizer`; the signal's reason.
 */
export async function openConfiguredTokenizer(
  source: WeightSource,
  config: TokenizerConfig,
  signal: AbortSignal,
): Promise<Tokenizer> {
  if (config.kind === 'file')
    return createTokenizer({ 'tokenizer.json': await readFile(source, config.file, signal) }, signal);
  if (config.kind === 'characters' && config.characters !== undefined)
    return new VocabularyTokenizer(config, [...config.characters]);
  return new VocabularyTokenizer(config, parseVocabulary(await readFile(source, config.vocab, signal)));
}

async function readFile(source: WeightSource, name: string, signal: AbortSignal): Promise<string> {
  const file = source.model.files.find((candidate) => candidate.name === name);
  if (file === undefined) throw noVocabulary(source.model.name, name);
  const decoder = new TextDecoder();
  let text = '';
  for await (const piece of source.read(file.id, 0, file.size, signal))
    text += decoder.decode(piece, { stream: true });
  return text + decoder.decode();
}
