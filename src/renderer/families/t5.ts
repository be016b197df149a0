import { defineFamily } from '../models/define-family.ts';
import type { Family } from '../models/family.ts';
import { EncoderDecoderModel } from '../models/encoder-decoder/model.ts';
import type { EncoderDecoder } from '../models/encoder-decoder/encoder-decoder.ts';
import type { Matrix } from '../kernels/matmul/weight.ts';
import type { Layer, Stack } from '../models/transformer/stack.ts';
import {
  isEncoderAlone,
  parseT5Config,
  T5_HEAD,
  T5_START,
  T5_TABLES,
  t5Spec,
  type T5Config,
} from '../../common/configs/t5.ts';
import { readLabelHead } from '../models/labels/head.ts';
import type { LabelHead } from '../../common/configs/labels.ts';
import { TransformerModel } from '../models/transformer/model.ts';
import { reserving, type Reader } from '../models/transformer/reader.ts';
import { readStart } from '../../common/configs/generation-config.ts';
import { sourceReader } from '../models/source-files.ts';
import { WeightStore } from '../models/weight-store.ts';

/** T5 and Flan-T5 (Raffel et al. 2020): norms without a mean or a bias, relative positions, scores without a scale. */
export const t5: Family = defineFamily({
  spec: t5Spec,
  parse: parseT5Config,
  async build({ gpu, source, config, check, labels, about, onProgress, signal }) {
    const { vocabulary } = config;
    const has = (name: string) => check.found.has(name);
    if (isEncoderAlone(labels)) {
      const store = new WeightStore(gpu, source, check.found);
      const model = reserving(store, (read) => {
        const stack = stackOf(read, config, 'encoder', tablesOf(read, has).encoder);
        return { stack, head: null, labels: labels && readLabelHead(read, labels), vocabulary };
      });
      await store.load(onProgress, signal);
      return new TransformerModel({ gpu, about, model, store, positions: null });
    }
    const { generation, start } = await readStart(
      source.model,
      T5_START.defaults,
      config.vocabulary,
      sourceReader(source, signal),
    );
    const store = new WeightStore(gpu, source, check.found);
    const weights = reserving(store, (read) => reserve(read, config, labels, has));
    await store.load(onProgress, signal);
    return new EncoderDecoderModel({
      ...{ gpu, source, store, generation, start, about, model: weights, positions: null },
      vocabulary,
      outputs: vocabulary,
    });
  },
});

/** Room for all weights. `has` tells which tensors the files hold: tables may be stored once or several times. */
function reserve(
  read: Reader,
  config: T5Config,
  labels: LabelHead | null,
  has: (name: string) => boolean,
): EncoderDecoder {
  const tables = tablesOf(read, has);
  return {
    encoder: stackOf(read, config, 'encoder', tables.encoder),
    decoder: stackOf(read, config, 'decoder', tables.decoder),
    head:
      labels === null
        ? {
            weight: tables.output,
            scale: config.scaledHead ? config.width ** -0.5 : 1,
            ...{ transform: null, bias: null, softCap: null },
          }
        : null,
    labels: labels && readLabelHead(read, labels),
  };
}

/** The token tables of both sides and of the output; one stands for those that are not stored. */
function tablesOf(
  read: Reader,
  has: (name: string) => boolean,
): { readonly encoder: Matrix; readonly decoder: Matrix; readonly output: Matrix } {
  const tables = new Map([...T5_TABLES, T5_HEAD].filter(has).map((name) => [name, read.matrix(name)]));
  const [first] = tables.values();
  if (first === undefined) throw new Error('The check let a model without a token table pass.');
  const side = (name: Side) => tables.get(`${name}.embed_tokens.weight`) ?? first;
  return { encoder: side('encoder'), decoder: side('decoder'), output: tables.get(T5_HEAD) ?? first };
}

type Side = 'encoder' | 'decoder';

function stackOf(read: Reader, config: T5Config, side: Side, tokens: Matrix): Stack {
  const { width, buckets, maxDistance, epsilon } = config;
  const bias = `${side}.block.0.layer.0.SelfAttention.relative_attention_bias.weight`;
  return {
    width,
    embedding: { tokens, scale: 1, positions: null, types: null, norm: null, projection: null },
    layers: Array.from({ length: config[`${side}Layers`] }, (_, l) => layer(read, config, side, l)),
    last: read.rmsNorm(`${side}.final_layer_norm`, epsilon),
    causal: side === 'decoder',
    relative: { table: read.vector(bias), bidirectional: side === 'encoder', buckets, maxDistance },
  };
}

function layer(read: Reader, config: T5Config, side: Side, l: number): Layer {
  const part = (index: number) => `${side}.block.${l}.layer.${index}`;
  const last = part(side === 'decoder' ? 2 : 1);
  const { heads, headWidth, epsilon, gated, activation } = config;
  const plain = (name: string) => read.linear(name, { bias: false });
  const norm = (name: string) => read.rmsNorm(`${name}.layer_norm`, epsilon);
  const attention = (name: string) => ({
    query: plain(`${name}.q`),
    key: plain(`${name}.k`),
    value: plain(`${name}.v`),
    out: plain(`${name}.o`),
  });
  const { out, ...projection } = attention(`${part(0)}.SelfAttention`);
  return {
    order: 'norm-first',
    attentionNorm: norm(part(0)),
    attention: {
      ...{ heads, keyHeads: heads, headWidth, scale: 1, out },
      projection: { kind: 'separate', ...projection },
      ...{ queryNorm: null, keyNorm: null, rotary: null, window: null, softCap: null },
    },
    attentionOutNorm: null,
    ...(side === 'decoder' && {
      cross: { heads, headWidth, scale: 1, norm: norm(part(1)), ...attention(`${part(1)}.EncDecAttention`) },
    }),
    feedForwardNorm: norm(last),
    feedForward: {
      gate: gated ? plain(`${last}.DenseReluDense.wi_0`) : null,
      up: plain(`${last}.DenseReluDense.${gated ? 'wi_1' : 'wi'}`),
      down: plain(`${last}.DenseReluDense.wo`),
      activation,
    },
    feedForwardOutNorm: null,
  };
}
