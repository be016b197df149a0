import type { TokenizerConfig } from '../../../common/configs/fields.ts';
import { readConfiguredTokenizer } from '../../../common/text/open-files.ts';
import type { Token } from '../../../common/text/token.ts';
import type { Tokenizer } from '../../../common/text/tokenizer.ts';
import { createTokenizer } from '../../text/tokenizer.ts';
import { sourceReader } from '../source-files.ts';
import type { WeightSource } from '../weights.ts';

/**
 * The tokenizer that a config of ours describes.
 * @throws as `readConfiguredTokenizer` and `createTokenizer`
 */
export async function openConfiguredTokenizer(
  source: WeightSource,
  config: TokenizerConfig,
  signal: AbortSignal,
  beyond: ((piece: string) => Token) | null = null,
): Promise<Tokenizer> {
  const read = sourceReader(source, signal);
  const { files, list } = await readConfiguredTokenizer(source.model, config, read, beyond);
  return list ?? createTokenizer(files, signal);
}
