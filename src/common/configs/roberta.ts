import { bertLikeSpec, parseBertConfig, type BertConfig, type BertKind } from './bert.ts';
import { badField, type Config } from './config.ts';
import { SPAN_HEAD, textHead, tokenHead } from './label-heads.ts';

export const ROBERTA: BertKind = {
  name: 'RoBERTa',
  prefixes: ['roberta.'],
  head: {
    dense: 'lm_head.dense',
    norm: 'lm_head.layer_norm',
    decoder: 'lm_head.decoder',
    biases: ['lm_head.decoder.bias', 'lm_head.bias'],
  },
  pooler: 'pooler.dense',
  labels: [
    textHead('first', ['classifier.dense', 'tanh'], 'classifier.out_proj'),
    tokenHead('classifier'),
    SPAN_HEAD,
  ],
};

/** RoBERTa's config.json, checked, with the id of its padding token. */
export interface RobertaConfig extends BertConfig {
  /** Takes no part in the counting of positions, which begins one above it. */
  readonly padding: number;
}

/** @throws as `parseBertConfig`; `bad-config` when padding takes all positions. */
export function parseRobertaConfig(config: Config): RobertaConfig {
  const bert = parseBertConfig(config, ROBERTA);
  const padding = config['pad_token_id'] ?? 1;
  if (
    typeof padding !== 'number' ||
    !Number.isInteger(padding) ||
    padding < 0 ||
    padding >= bert.positions - 1
  )
    throw badField(
      'pad_token_id',
      padding,
      `a whole number below max_position_embeddings − 1, which is ${bert.positions - 1}: positions are counted from it on`,
    );
  return { ...bert, padding, firstPosition: padding + 1 };
}

export const robertaSpec = bertLikeSpec(ROBERTA, ['roberta', 'xlm-roberta', 'camembert'], parseRobertaConfig);
