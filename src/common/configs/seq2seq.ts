import * as v from 'valibot';
import type { Config } from './config.ts';
import { badConfig, index, parseConfig, size, TensorNames, TokenizerConfig } from './fields.ts';
import { cutPrefix } from './match.ts';
import { matchNamed, WRAPPERS } from './named.ts';
import {
  checkStack,
  expect,
  optional,
  outputOf,
  stackEntries,
  stackTensors,
  stateOf,
  type LayerTensors,
} from './recurrent-stack.ts';
import type { ExpectedTensor, FamilySpec } from './spec.ts';

/** A vector that the decoder joins with others; the order in a list is the order in the weights. */
const DecoderInput = v.picklist(['embedding', 'context', 'feed', 'summary']);
const OutputInput = v.picklist(['hidden', 'attentional', 'context', 'embedding', 'summary']);
export type DecoderPart = v.InferOutput<typeof DecoderInput>;
export type OutputPart = v.InferOutput<typeof OutputInput>;

const Side = {
  vocab_size: size,
  embedding_size: size,
  tokenizer: TokenizerConfig,
};

const AttentionSchema = v.strictObject({
  kind: v.picklist(['bahdanau', 'dot', 'general', 'concat']),
  /** Width of the hidden layer of `bahdanau` and `concat`; the decoder's state if left out. */
  size: v.optional(size),
  /** The decoder's state that asks: after the previous step, or after this one. */
  query: v.picklist(['previous', 'current']),
  /** Of `general`: what the matrix multiplies. */
  applied_to: v.optional(v.picklist(['key', 'query']), 'key'),
  /** One matrix over query and key side by side, in this order; left out: a matrix for each. */
  joined: v.optional(v.nullable(v.picklist(['query, key', 'key, query'])), null),
});
export type AttentionConfig = v.InferOutput<typeof AttentionSchema>;

const Seq2SeqSchema = v.looseObject({
  model_type: v.literal('seq2seq'),
  /** Attention never looks at `pad_token_id`. */
  source: v.strictObject({ ...Side, pad_token_id: v.optional(v.nullable(index), null) }),
  target: v.strictObject({ ...Side, start_token_id: index, end_token_id: index }),
  share_embeddings: v.optional(v.boolean(), false),
  encoder: v.strictObject({ ...stackEntries, outputs: v.optional(v.picklist(['concat', 'sum']), 'concat') }),
  bridge: v.strictObject({
    kind: v.picklist(['copy', 'concat', 'sum', 'first-layers', 'linear', 'zero']),
    activation: v.optional(v.picklist(['none', 'tanh']), 'none'),
  }),
  decoder: v.strictObject({ ...stackEntries, input: v.pipe(v.array(DecoderInput), v.minLength(1)) }),
  attention: v.nullable(AttentionSchema),
  /** a = activation(W [h;c]); the order is that of the columns of W. */
  attentional: v.optional(
    v.nullable(
      v.strictObject({
        order: v.picklist(['[h;c]', '[c;h]']),
        activation: v.optional(v.picklist(['none', 'tanh']), 'tanh'),
      }),
    ),
    null,
  ),
  output: v.strictObject({ input: v.pipe(v.array(OutputInput), v.minLength(1)) }),
  max_target_length: v.optional(size, 100),
  tensor_names: TensorNames,
});
export type Seq2SeqConfig = v.InferOutput<typeof Seq2SeqSchema>;

/** @throws HeadgateError `bad-config` naming the field. */
export function parseSeq2SeqConfig(config: Config): Seq2SeqConfig {
  checkOrders(config);
  const parsed = parseConfig(Seq2SeqSchema, config);
  checkStack('encoder', parsed.encoder);
  checkStack('decoder', parsed.decoder);
  checkDecoder(parsed);
  checkBridge(parsed);
  if (parsed.share_embeddings && parsed.source.vocab_size !== parsed.target.vocab_size)
    throw badConfig('share_embeddings', 'is true; source and target must then have one vocab_size');
  if (parsed.share_embeddings && parsed.source.embedding_size !== parsed.target.embedding_size)
    throw badConfig('share_embeddings', 'is true; source and target must then have one embedding_size');
  for (const field of ['start_token_id', 'end_token_id'] as const)
    if (parsed.target[field] >= parsed.target.vocab_size)
      throw badConfig(
        `target.${field}`,
        `is ${parsed.target[field]}; the target's vocab_size is ${parsed.target.vocab_size}`,
      );
  return parsed;
}

/** [h;c] and [c;h] have the same shape, so that a missing order gets a sentence of its own. */
function checkOrders(config: Config): void {
  const attentional = config['attentional'];
  if (typeof attentional === 'object' && attentional !== null && !('order' in attentional))
    throw badConfig(
      'attentional.order',
      'is missing; it must be “[h;c]” or “[c;h]”: both have the same shape, so it can’t be guessed',
    );
  if (config['attention'] !== undefined && config['attention'] !== null)
    for (const [block, what] of [
      ['decoder', '["embedding", "context"]'],
      ['output', '["hidden", "context"]'],
    ] as const) {
      const value = config[block];
      if (typeof value === 'object' && value !== null && !('input' in value))
        throw badConfig(
          `${block}.input`,
          `is missing; it must list what is joined, in the order of the weights, such as ${what}`,
        );
    }
}

function checkDecoder({ decoder, attention, attentional, output, encoder }: Seq2SeqConfig): void {
  if (decoder.bidirectional) throw badConfig('decoder.bidirectional', 'is true; a decoder reads forwards');
  const uses = (part: string) => [...decoder.input, ...output.input].some((name) => name === part);
  if (attention === null) {
    if (uses('context') || attentional !== null || uses('feed'))
      throw badConfig('attention', 'is null, but “context”, “feed” or “attentional” asks for its context');
  } else {
    if (decoder.input.includes('context') && attention.query === 'current')
      throw badConfig(
        'decoder.input',
        'has “context”, which is not known before the step when attention.query is “current”; “feed” is what the step before it left',
      );
    const keys = keyWidth({ encoder });
    if (attention.kind === 'dot' && keys !== stateOf(decoder))
      throw badConfig(
        'attention.kind',
        `is “dot”; that needs equal widths, but keys have ${keys} and the decoder's states ${stateOf(decoder)}`,
      );
    if (attention.joined !== null && (attention.kind === 'dot' || attention.kind === 'general'))
      throw badConfig('attention.joined', `is set; “${attention.kind}” joins nothing`);
  }
  if (decoder.input.includes('feed') && attentional === null)
    throw badConfig(
      'decoder.input',
      'has “feed”, the attentional vector of the step before; “attentional” is null',
    );
  if (output.input.includes('attentional') && attentional === null)
    throw badConfig('output.input', 'has “attentional”; “attentional” is null');
}

function checkBridge({ encoder, decoder, bridge }: Seq2SeqConfig): void {
  const P = stateOf(decoder);
  const E = stateOf(encoder);
  const fail = (rule: string) => badConfig('bridge.kind', `is “${bridge.kind}”; ${rule}`);
  const wanted = { copy: E, concat: 2 * E, sum: E, 'first-layers': E }[bridge.kind as string];
  if (wanted !== undefined && wanted !== P)
    throw fail(`it gives states of ${wanted}, but the decoder's have ${P}`);
  if ((bridge.kind === 'concat' || bridge.kind === 'sum') && !encoder.bidirectional)
    throw fail('it joins two directions, and the encoder has one');
  if (bridge.kind === 'copy' && encoder.bidirectional)
    throw fail('a bidirectional encoder ends with two states');
  const available = encoder.num_layers * (bridge.kind === 'first-layers' && encoder.bidirectional ? 2 : 1);
  if (wanted !== undefined && decoder.num_layers > available)
    throw fail(`the decoder has ${decoder.num_layers} layers, the encoder gives ${available} states`);
  const cells = encoder.cell === 'lstm' && decoder.cell === 'lstm';
  if (decoder.cell === 'lstm' && bridge.kind !== 'zero' && !cells)
    throw fail('the decoder is an LSTM, but the encoder has no cell to start it with');
  const { hidden_size: H } = decoder;
  const ofCell = { copy: encoder.hidden_size, concat: 2 * encoder.hidden_size }[bridge.kind as string];
  if (cells && ofCell !== undefined && ofCell !== H)
    throw fail(`it gives cells of ${ofCell}, but the decoder's have ${H}`);
}

/** S_k: width of what attention looks at. */
export function keyWidth({ encoder }: Pick<Seq2SeqConfig, 'encoder'>): number {
  return encoder.outputs === 'sum' ? stateOf(encoder) : outputOf(encoder);
}

/** Width of the hidden layer of additive attention. */
export function attentionSize({ attention, decoder }: Pick<Seq2SeqConfig, 'attention' | 'decoder'>): number {
  return attention?.size ?? stateOf(decoder);
}

/** Width of a vector that the decoder or the output layer joins. */
export function partWidth(config: Seq2SeqConfig, part: DecoderPart | OutputPart): number {
  switch (part) {
    case 'embedding':
      return config.target.embedding_size;
    case 'context':
      return keyWidth(config);
    case 'summary':
    case 'hidden':
    case 'feed':
    case 'attentional':
      return stateOf(config.decoder);
  }
}

/** The tensors of both stacks, and then all that the model expects. */
export function seq2seqTensors(config: Seq2SeqConfig): {
  readonly encoder: readonly LayerTensors[];
  readonly decoder: readonly LayerTensors[];
  readonly all: readonly ExpectedTensor[];
} {
  const { source, target, attention, attentional, bridge, output } = config;
  const encoder = stackTensors(config.encoder, 'encoder.rnn', [source.embedding_size]);
  const decoder = stackTensors(
    config.decoder,
    'decoder.rnn',
    config.decoder.input.map((part) => partWidth(config, part)),
  );
  const P = stateOf(config.decoder);
  const K = keyWidth(config);
  const linear = (name: string, outputs: number, inputs: number) => [
    expect(`${name}.weight`, outputs, inputs),
    optional(`${name}.bias`, outputs),
  ];
  const joined = output.input.reduce((total, part) => total + partWidth(config, part), 0);
  return {
    encoder,
    decoder,
    all: [
      expect('encoder.embedding.weight', source.vocab_size, source.embedding_size),
      ...(config.share_embeddings
        ? []
        : [expect('decoder.embedding.weight', target.vocab_size, target.embedding_size)]),
      ...[...encoder, ...decoder].flatMap(({ tensors }) => Object.values(tensors)),
      ...(bridge.kind === 'linear'
        ? [
            ...linear('bridge', P, outputOf(config.encoder)),
            ...(config.decoder.cell === 'lstm'
              ? linear(
                  'bridge.cell',
                  config.decoder.hidden_size,
                  config.encoder.hidden_size * (config.encoder.bidirectional ? 2 : 1),
                )
              : []),
          ]
        : []),
      ...attentionTensors(attention, attentionSize(config), P, K, linear),
      ...(attentional === null ? [] : linear('attentional', P, P + K)),
      ...linear('output', target.vocab_size, joined),
    ],
  };
}

function attentionTensors(
  attention: AttentionConfig | null,
  A: number,
  P: number,
  K: number,
  linear: (name: string, outputs: number, inputs: number) => ExpectedTensor[],
): ExpectedTensor[] {
  if (attention === null || attention.kind === 'dot') return [];
  // score = q·(W k), or (W q)·k.
  if (attention.kind === 'general')
    return attention.applied_to === 'key' ? linear('attention.key', P, K) : linear('attention.query', K, P);
  return [
    ...(attention.joined === null
      ? [...linear('attention.query', A, P), ...linear('attention.key', A, K)]
      : linear('attention.joined', A, P + K)),
    // v: [1, A], or a bare vector [A].
    expect('attention.score.weight', 1, A),
    optional('attention.score.bias', 1),
  ];
}

export const seq2seqSpec: FamilySpec = {
  name: 'Seq2seq',
  modelTypes: ['seq2seq'],
  tokenizers(config) {
    const { source, target } = parseSeq2SeqConfig(config);
    return [source.tokenizer, target.tokenizer];
  },
  check(config, tensors) {
    const parsed = parseSeq2SeqConfig(config);
    const { all } = seq2seqTensors(parsed);
    const score = parsed.tensor_names['attention.score.weight'] ?? 'attention.score.weight';
    const bare = tensors.some(({ name, shape }) => cutPrefix(name, WRAPPERS) === score && shape.length === 1);
    const expected = all.map((tensor) =>
      bare && tensor.name === 'attention.score.weight' ? { ...tensor, shape: tensor.shape.slice(1) } : tensor,
    );
    return matchNamed(expected, parsed.tensor_names, tensors);
  },
};
