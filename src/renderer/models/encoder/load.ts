/** What all encoders have in common: how they are loaded, and what is made of their last states. */
import type { Recorder } from '../../gpu/recorder.ts';
import { reshape, rowsOf, type GpuTensor } from '../../gpu/tensor.ts';
import type { Activation } from '../../kernels/rows/activation.ts';
import { computedActivation } from '../../runs/activations.ts';
import { defineFamily } from '../define-family.ts';
import type { Family } from '../family.ts';
import type { Config } from '../../../common/configs/config.ts';
import type { EncoderConfig, MaskedHeadNames } from '../../../common/configs/encoder.ts';
import type { FamilySpec } from '../../../common/configs/spec.ts';
import { linear, type Linear, type Norm } from '../transformer/blocks.ts';
import { TransformerModel } from '../transformer/model.ts';
import { reserving, type Reader } from '../transformer/reader.ts';
import type { MoreActivations } from '../transformer/run.ts';
import type { Head, Stack } from '../transformer/stack.ts';
import { WeightStore } from '../weight-store.ts';
import { readLabelHead } from '../labels/head.ts';
import { judge, recordReplaced, type Discriminator } from './discriminator.ts';
import { readPooling } from '../../../common/configs/pooling.ts';
import { sourceReader } from '../source-files.ts';
import { discriminatorPart, poolerPart } from './structure.ts';
import { readSentence, recordSentence, type Sentence } from './sentence.ts';
import { type ActivationKey } from '../../runs/activation-names.ts';

/** Parts that follow the layers. */
export interface EncoderParts {
  readonly stack: Stack;
  /** Reserves the head over the vocabulary, where no other takes its place; null: the files have none. */
  readonly head: () => Head | null;
  /** pooler_output = tanh(dense(first state)); null: the files have none. */
  readonly pooler: Linear | null;
  /** Tells replaced tokens (ELECTRA); null: the files have none. */
  readonly discriminator: Discriminator | null;
}

/** What one family of encoders does its own way. */
export interface EncoderKind<Sizes extends EncoderConfig> {
  readonly spec: FamilySpec;
  readonly parse: (config: Config) => Sizes;
  /** Most tokens that a text may have. */
  readonly most: (config: Sizes) => number;
  /** Reserves the weights. @param has whether the files have a tensor, by the family's name */
  readonly read: (read: Reader, config: Sizes, has: (name: string) => boolean) => EncoderParts;
}

/** The family of a kind of encoders. */
export function encoderFamily<Sizes extends EncoderConfig>(kind: EncoderKind<Sizes>): Family {
  const { spec } = kind;
  return defineFamily({
    spec,
    parse: kind.parse,
    async build({ gpu, source, config, check, labels, about, onProgress, signal }) {
      const read = sourceReader(source, signal);
      const { pooling, remarks } = await readPooling(source.model, config.width, read);
      const store = new WeightStore(gpu, source, check.found);
      const { stack, head, classifier, discriminator, ends, more } = reserving(store, (read) => {
        const found = kind.read(read, config, (name) => check.found.has(name));
        const sentence = pooling === null ? null : readSentence(store, pooling, config.width);
        const classifier = labels && readLabelHead(read, labels);
        const parts =
          classifier === null
            ? { ...found, head: found.head() }
            : { ...found, head: null, discriminator: null };
        // What labels are made through is a part of their head.
        const ends = [
          ...(parts.pooler === null || classifier !== null ? [] : [poolerPart(parts.pooler)]),
          ...(parts.discriminator === null ? [] : [discriminatorPart(parts.discriminator)]),
        ];
        return { ...parts, classifier, ends, more: moreActivations(parts, sentence) };
      });
      await store.load(onProgress, signal);
      return new TransformerModel({
        gpu,
        about,
        model: {
          ...{ stack, head, labels: classifier, vocabulary: config.vocabulary, ends, more },
          ...(discriminator && { judge: (gpu, state) => judge(gpu, discriminator, state) }),
        },
        store,
        positions: kind.most(config),
        remarks,
      });
    },
  });
}

/** `pooler_output` and `sentence_embedding` [D], and a discriminator's `logits` [T]. */
function moreActivations(
  { pooler, discriminator }: Pick<EncoderParts, 'pooler' | 'discriminator'>,
  sentence: Sentence | null,
): MoreActivations {
  return (gpu, holdings, states) => {
    const [T = 0, D = 0] = states.shape;
    const vector = (
      kind: ActivationKey['kind'],
      axis: 'unit' | 'token',
      size: number,
      compute: (target: GpuTensor) => (recorder: Recorder) => void,
    ) =>
      computedActivation(gpu, holdings, { kind, axes: [axis], shape: [size] }, (target, signal) =>
        gpu.submit(kind, compute(target), signal && { signal }),
      );
    return [
      ...(pooler === null
        ? []
        : [
            vector('pooler_output', 'unit', D, (target) => (recorder) => {
              linear(recorder, rowsOf(states, 0, 1), pooler, reshape(target, [1, D]), {
                activation: 'tanh',
                label: 'pooler',
              });
            }),
          ]),
      ...(sentence === null
        ? []
        : [
            vector('sentence_embedding', 'unit', sentence.width, (target) => (recorder) => {
              recordSentence(recorder, sentence, states, target);
            }),
          ]),
      ...(discriminator === null
        ? []
        : [
            vector('logits', 'token', T, (target) => (recorder) => {
              recordReplaced(recorder, discriminator, states, reshape(target, [T, 1]));
            }),
          ]),
    ];
  };
}

/** The token table, which may be stored as the decoder of the head alone. */
export function readTokens(
  read: Reader,
  table: string,
  { decoder }: MaskedHeadNames,
  has: (name: string) => boolean,
): Head['weight'] {
  return read.matrix(has(table) ? table : `${decoder}.weight`);
}

/** The head of a masked language model; null where the files have none. */
export function readMaskedHead(
  read: Reader,
  names: MaskedHeadNames,
  { table, tokens }: { readonly table: string; readonly tokens: Head['weight'] },
  {
    activation,
    norm,
    has,
    bias = true,
  }: {
    readonly activation: Activation;
    readonly norm: (name: string) => Norm;
    readonly has: (name: string) => boolean;
    /** Whether the dense part has one. */
    readonly bias?: boolean;
  },
): Head | null {
  if (!has(`${names.dense}.weight`)) return null;
  const own = `${names.decoder}.weight`;
  const decoderBias = names.biases.find((name) => has(name));
  return {
    transform: { dense: read.linear(names.dense, { bias }), activation, norm: norm(names.norm) },
    weight: has(own) && has(table) ? read.matrix(own) : tokens,
    bias: decoderBias === undefined ? null : read.vector(decoderBias),
    scale: 1,
    softCap: null,
  };
}
