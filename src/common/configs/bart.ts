import type { TensorInfo } from '../contract.ts';
import {
  activation,
  flag,
  layerCount,
  positiveInteger,
  requireDivisor,
  type ActivationName,
  type Config,
} from './config.ts';
import { refuseClassifier } from './heads.ts';
import { expectLabelHead, findLabelHead, SPAN_HEAD, textHead } from './label-heads.ts';
import type { LabelHead } from './labels.ts';
import { matchTensors } from './match.ts';
import type { ExpectedTensor, FamilySpec, StartRules } from './spec.ts';
import { sharedTables } from './tables.ts';

/** One side of a BART or a Marian. */
interface BartSide {
  readonly layers: number;
  /** `H` */
  readonly heads: number;
  /** Width of the feed-forward part. */
  readonly inner: number;
}

/** BART's config.json, checked; what is absent has Transformers' defaults. Marian's has the same fields. */
export interface BartConfig {
  /** `V` of the source. */
  readonly vocabulary: number;
  /** `V` of what is written. */
  readonly outputs: number;
  /** Most tokens that either side may have. */
  readonly positions: number;
  /** `D` */
  readonly width: number;
  readonly encoder: BartSide;
  readonly decoder: BartSide;
  readonly activation: ActivationName;
  /** Token embeddings are multiplied by √D. */
  readonly scaleEmbedding: boolean;
  /** One token table for both sides. */
  readonly shared: boolean;
  /** The output projection is the token table where the files have none. */
  readonly tied: boolean;
}

/** @throws HeadgateError `bad-config` or `unknown-activation` naming the field. */
export function parseBartConfig(config: Config): BartConfig {
  const vocabulary = positiveInteger(config, ['vocab_size'], 50265);
  const width = positiveInteger(config, ['d_model', 'hidden_size'], 1024);
  const side = (name: 'encoder' | 'decoder'): BartSide => {
    const heads = positiveInteger(config, [`${name}_attention_heads`], 16);
    requireDivisor(config, [`${name}_attention_heads`], heads, 'd_model', width);
    return {
      layers: layerCount(config, [`${name}_layers`], 12),
      heads,
      inner: positiveInteger(config, [`${name}_ffn_dim`], 4096),
    };
  };
  return {
    vocabulary,
    outputs: vocabulary,
    positions: positiveInteger(config, ['max_position_embeddings'], 1024),
    width,
    encoder: side('encoder'),
    decoder: side('decoder'),
    activation: activation(config, ['activation_function'], 'gelu'),
    scaleEmbedding: flag(config, ['scale_embedding'], false),
    shared: true,
    tied: flag(config, ['tie_word_embeddings'], true),
  };
}

export const BART_PREFIXES = ['model.'];

/** Names that the token table of a side may have, its own first. */
export function bartTables(side: 'encoder' | 'decoder', { shared, tied }: BartConfig): string[] {
  const own = `${side}.embed_tokens.weight`;
  const other = side === 'encoder' ? 'decoder' : 'encoder';
  const head = tied && (shared || side === 'decoder') ? ['lm_head.weight'] : [];
  return shared ? [own, 'shared.weight', `${other}.embed_tokens.weight`, ...head] : [own, ...head];
}

/**
 * The tensors that BART and Marian have in common: token tables, layers, head.
 * @param writes the head is one over the vocabulary
 */
export function expectedBartLayers(
  config: BartConfig,
  tensors: readonly TensorInfo[],
  writes = true,
): ExpectedTensor[] {
  const { vocabulary, outputs, width: D, shared } = config;
  const head = config.tied ? ['lm_head.weight'] : [];
  const tables = (names: readonly string[], size: number) =>
    sharedTables(names, [size, D], tensors, BART_PREFIXES);
  const expect = (name: string, ...shape: number[]): ExpectedTensor => ({ name, shape, optional: false });
  const norm = (name: string) => [expect(`${name}.weight`, D), expect(`${name}.bias`, D)];
  const linear = (name: string, out: number, inputs: number) => [
    expect(`${name}.weight`, out, inputs),
    expect(`${name}.bias`, out),
  ];
  const attention = (name: string) => [
    ...['q_proj', 'k_proj', 'v_proj', 'out_proj'].flatMap((part) => linear(`${name}.${part}`, D, D)),
    ...norm(`${name}_layer_norm`),
  ];
  const side = (name: 'encoder' | 'decoder') =>
    Array.from({ length: config[name].layers }, (_, l) => [
      ...attention(`${name}.layers.${l}.self_attn`),
      ...(name === 'decoder' ? attention(`${name}.layers.${l}.encoder_attn`) : []),
      ...linear(`${name}.layers.${l}.fc1`, config[name].inner, D),
      ...linear(`${name}.layers.${l}.fc2`, D, config[name].inner),
      ...norm(`${name}.layers.${l}.final_layer_norm`),
    ]).flat();
  return [
    ...(shared
      ? tables(
          ['shared.weight', 'encoder.embed_tokens.weight', 'decoder.embed_tokens.weight', ...head],
          vocabulary,
        )
      : [
          ...tables(['encoder.embed_tokens.weight'], vocabulary),
          ...tables(['decoder.embed_tokens.weight', ...head], outputs),
        ]),
    ...side('encoder'),
    ...side('decoder'),
    ...(config.tied || !writes ? [] : [expect('lm_head.weight', outputs, D)]),
    { name: 'final_logits_bias', shape: [1, outputs], optional: true, isBuffer: true },
  ];
}

/** Every tensor of the model, named as in BartModel. */
function expectedBartTensors(
  config: BartConfig,
  tensors: readonly TensorInfo[],
  writes: boolean,
): ExpectedTensor[] {
  const { positions, width: D } = config;
  const side = (name: string): ExpectedTensor[] => [
    // The first two rows are never read: positions count from 2.
    { name: `${name}.embed_positions.weight`, shape: [positions + 2, D], optional: false },
    { name: `${name}.layernorm_embedding.weight`, shape: [D], optional: false },
    { name: `${name}.layernorm_embedding.bias`, shape: [D], optional: false },
  ];
  return [...expectedBartLayers(config, tensors, writes), ...side('encoder'), ...side('decoder')];
}

/** What Transformers takes for granted of writing where no file says it. */
export const BART_START: StartRules = {
  defaults: { decoder_start_token_id: 2, eos_token_id: 2, forced_eos_token_id: 2 },
  outputs: (config) => parseBartConfig(config).outputs,
};

const LABELS = [
  textHead('end', ['classification_head.dense', 'tanh'], 'classification_head.out_proj'),
  SPAN_HEAD,
];

function labels(config: Config, tensors: readonly TensorInfo[]): LabelHead | null {
  return findLabelHead(config, tensors, LABELS, { prefixes: BART_PREFIXES, defaults: { end: 2 } });
}

export const bartSpec: FamilySpec = {
  name: 'BART',
  modelTypes: ['bart'],
  generation: { start: BART_START },
  labels,
  check(config, tensors) {
    const head = labels(config, tensors);
    if (head === null) refuseClassifier(tensors);
    const parsed = parseBartConfig(config);
    const expected = [
      ...expectedBartTensors(parsed, tensors, head === null),
      ...expectLabelHead(head, parsed.width),
    ];
    return matchTensors(expected, tensors, {
      prefixes: BART_PREFIXES,
      // Numbers of fairseq's format.
      ignored: /^(encoder|decoder)\.version$/,
    });
  },
};
