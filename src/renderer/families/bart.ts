import type { GpuTensor } from '../gpu/tensor.ts';
import { defineFamily } from '../models/define-family.ts';
import type { Family } from '../models/family.ts';
import { EncoderDecoderModel } from '../models/encoder-decoder/model.ts';
import type { EncoderDecoder } from '../models/encoder-decoder/encoder-decoder.ts';
import type { Matrix } from '../kernels/matmul/weight.ts';
import type { Layer, Stack } from '../models/transformer/stack.ts';
import {
  BART_START,
  bartSpec,
  bartTables,
  parseBartConfig,
  type BartConfig,
} from '../../common/configs/bart.ts';
import type { Config } from '../../common/configs/config.ts';
import type { FamilySpec, StartRules } from '../../common/configs/spec.ts';
import { reserving, type Reader } from '../models/transformer/reader.ts';
import { readStart } from '../../common/configs/generation-config.ts';
import { sourceReader } from '../models/source-files.ts';
import type { LabelHead } from '../../common/configs/labels.ts';
import { readLabelHead } from '../models/labels/head.ts';
import { WeightStore } from '../models/weight-store.ts';

/** What BART and Marian do differently. */
interface BartKind {
  readonly spec: FamilySpec;
  readonly parse: (config: Config) => BartConfig;
  readonly start: StartRules;
  /** Positions of a side. */
  readonly positions: (
    store: WeightStore,
    side: 'encoder' | 'decoder',
    config: BartConfig,
    has: (name: string) => boolean,
  ) => { readonly table: GpuTensor; readonly first: number };
  /** The norm after the embeddings. */
  readonly embeddingNorm: boolean;
}

const EPSILON = 1e-5;

/** BART (Lewis et al. 2020): learned positions, norms after each part. */
export const bart: Family = bartFamily({
  spec: bartSpec,
  parse: parseBartConfig,
  start: BART_START,
  // The first two rows are never read.
  positions: (store, side) => ({ table: store.vector(`${side}.embed_positions.weight`), first: 2 }),
  embeddingNorm: true,
});

/** The family of BART's kind: BART itself, and Marian. */
export function bartFamily(kind: BartKind): Family {
  const { spec, parse } = kind;
  return defineFamily({
    spec,
    parse,
    async build({ gpu, source, config, check, labels, about, onProgress, signal }) {
      const { generation, start } = await readStart(
        source.model,
        kind.start.defaults,
        config.outputs,
        sourceReader(source, signal),
      );
      const store = new WeightStore(gpu, source, check.found);
      const weights = reserving(store, (read) =>
        reserve({ read, store, kind, config, labels, has: (name) => check.found.has(name) }),
      );
      await store.load(onProgress, signal);
      return new EncoderDecoderModel({
        ...{ gpu, source, store, generation, start, about, model: weights, positions: config.positions },
        vocabulary: config.vocabulary,
        outputs: config.outputs,
      });
    },
  });
}

interface Reserving {
  readonly read: Reader;
  readonly store: WeightStore;
  readonly kind: BartKind;
  readonly config: BartConfig;
  /** The head with labels; null: the model writes. */
  readonly labels: LabelHead | null;
  /** Whether the files hold a tensor: tables may be stored once or several times. */
  readonly has: (name: string) => boolean;
}

/** Room for all weights. */
function reserve(reserving: Reserving): EncoderDecoder {
  const { read, config, labels, has } = reserving;
  const known = new Map<string, ReturnType<Reader['matrix']>>();
  const table = (names: readonly string[]) => {
    const name = names.find(has) ?? '';
    const matrix = known.get(name) ?? read.matrix(name);
    known.set(name, matrix);
    return matrix;
  };
  const encoder = stackOf(reserving, 'encoder', table(bartTables('encoder', config)));
  const decoder = stackOf(reserving, 'decoder', table(bartTables('decoder', config)));
  if (labels !== null) return { encoder, decoder, head: null, labels: readLabelHead(read, labels) };
  // The head is tied to the shared table, which may be stored beside the decoder's own.
  const heads = [
    'lm_head.weight',
    ...(config.shared ? ['shared.weight'] : []),
    ...bartTables('decoder', config),
  ];
  return {
    encoder,
    decoder,
    head: {
      weight: table(heads),
      bias: has('final_logits_bias') ? read.vector('final_logits_bias') : null,
      ...{ biasIsBuffer: true, transform: null, scale: 1, softCap: null },
    },
    labels: null,
  };
}

function stackOf(reserving: Reserving, side: 'encoder' | 'decoder', tokens: Matrix): Stack {
  const { read, store, kind, config, has } = reserving;
  const { width, scaleEmbedding } = config;
  return {
    width,
    embedding: {
      tokens,
      scale: scaleEmbedding ? Math.sqrt(width) : 1,
      positions: kind.positions(store, side, config, has),
      norm: kind.embeddingNorm ? read.layerNorm(`${side}.layernorm_embedding`, EPSILON) : null,
      ...{ types: null, projection: null },
    },
    layers: Array.from({ length: config[side].layers }, (_, l) => layerOf(reserving, side, l)),
    last: null,
    causal: side === 'decoder',
  };
}

function layerOf({ read, config }: Reserving, side: 'encoder' | 'decoder', l: number): Layer {
  const name = `${side}.layers.${l}`;
  const { heads } = config[side];
  const headWidth = config.width / heads;
  const scale = headWidth ** -0.5;
  const linear = (part: string) => read.linear(`${name}.${part}`, { bias: true });
  const norm = (part: string) => read.layerNorm(`${name}.${part}_layer_norm`, EPSILON);
  const attention = (part: string) => ({
    query: linear(`${part}.q_proj`),
    key: linear(`${part}.k_proj`),
    value: linear(`${part}.v_proj`),
    out: linear(`${part}.out_proj`),
  });
  const { out, ...projection } = attention('self_attn');
  return {
    order: 'norm-last',
    attentionNorm: norm('self_attn'),
    attention: {
      ...{ heads, keyHeads: heads, headWidth, scale, out },
      projection: { kind: 'separate', ...projection },
      ...{ queryNorm: null, keyNorm: null, rotary: null, window: null, softCap: null },
    },
    attentionOutNorm: null,
    ...(side === 'decoder' && {
      cross: { heads, headWidth, scale, norm: norm('encoder_attn'), ...attention('encoder_attn') },
    }),
    feedForwardNorm: norm('final'),
    feedForward: { gate: null, up: linear('fc1'), down: linear('fc2'), activation: config.activation },
    feedForwardOutNorm: null,
  };
}
