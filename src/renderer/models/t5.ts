import type { Family } from './family.ts';
import { EncoderDecoderModel, readStart } from './encoder-decoder/model.ts';
import type { AttentionWeights, EncoderDecoder, LayerWeights, StackShape } from './encoder-decoder/stack.ts';
import { requireTensors } from './spec/match.ts';
import { parseT5Config, T5_TABLES, t5Spec, type T5Config } from './spec/t5.ts';
import { reserving, type Reader } from './transformer/reader.ts';
import { WeightStore } from './weight-store.ts';

/** T5 and Flan-T5 (Raffel et al. 2020): norms without a mean or a bias, relative positions, scores without a scale. */
export const t5: Family = {
  spec: t5Spec,
  async load(gpu, source, onProgress, signal) {
    const { model } = source;
    const raw = model.config ?? {};
    const config = parseT5Config(raw);
    const check = t5Spec.check(raw, model.tensors);
    requireTensors(model.name, check);
    const { generation, start } = await readStart(source, config.vocabulary, { eos_token_id: 1 }, signal);
    const store = new WeightStore(gpu, source, check.found);
    const weights = reserving(store, (read) => reserve(read, config, (name) => check.found.has(name)));
    await store.load(onProgress, signal);
    return new EncoderDecoderModel({
      ...{ gpu, source, store, generation, start, model: weights, positions: null },
      about: { id: model.id, name: model.name, family: t5Spec.name, modelType: model.modelType ?? '' },
      vocabulary: config.vocabulary,
      outputs: config.vocabulary,
    });
  },
};

/** Room for all weights. `has` tells which tensors the files hold: tables may be stored once or several times. */
function reserve(read: Reader, config: T5Config, has: (name: string) => boolean): EncoderDecoder {
  const norm = (name: string) => read.rmsNorm(name, config.epsilon);
  const attention = (name: string, kind: string): AttentionWeights => ({
    norm: norm(`${name}.layer_norm`),
    query: read.linear(`${name}.${kind}.q`, { bias: false }),
    key: read.linear(`${name}.${kind}.k`, { bias: false }),
    value: read.linear(`${name}.${kind}.v`, { bias: false }),
    out: read.linear(`${name}.${kind}.o`, { bias: false }),
  });
  const layer = (name: string, isDecoder: boolean): LayerWeights => {
    const last = `${name}.layer.${isDecoder ? 2 : 1}`;
    const dense = (part: string) => read.linear(`${last}.DenseReluDense.${part}`, { bias: false });
    return {
      self: attention(`${name}.layer.0`, 'SelfAttention'),
      cross: isDecoder ? attention(`${name}.layer.1`, 'EncDecAttention') : null,
      feedForward: {
        norm: norm(`${last}.layer_norm`),
        weights: {
          gate: config.gated ? dense('wi_0') : null,
          up: dense(config.gated ? 'wi_1' : 'wi'),
          down: dense('wo'),
          activation: config.activation,
        },
      },
    };
  };
  const tables = new Map(T5_TABLES.filter(has).map((name) => [name, read.matrix(name)]));
  const [first] = tables.values();
  if (first === undefined) throw new Error('The check let a model without a token table pass.');
  const side = (name: 'encoder' | 'decoder') => ({
    shape: shapeOf(config, name),
    weights: {
      tokens: tables.get(`${name}.embed_tokens.weight`) ?? first,
      positions: null,
      firstPosition: 0,
      embeddingNorm: null,
      layers: Array.from({ length: config[`${name}Layers`] }, (_, l) =>
        layer(`${name}.block.${l}`, name === 'decoder'),
      ),
      last: norm(`${name}.final_layer_norm`),
      relative: read.vector(`${name}.block.0.layer.0.SelfAttention.relative_attention_bias.weight`),
    },
  });
  return {
    encoder: side('encoder'),
    decoder: side('decoder'),
    head: has('lm_head.weight') ? read.matrix('lm_head.weight') : first,
    headScale: config.scaledHead ? config.width ** -0.5 : 1,
    logitsBias: null,
  };
}

function shapeOf(config: T5Config, side: 'encoder' | 'decoder'): StackShape {
  const { width, heads, headWidth, buckets, maxDistance } = config;
  return {
    ...{ width, heads, headWidth },
    scoreScale: 1,
    embeddingScale: 1,
    normFirst: true,
    buckets: { bidirectional: side === 'encoder', buckets, maxDistance },
  };
}
