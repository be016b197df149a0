/** What the decoders with rotary embeddings have in common: sizes, heads, windows, and whether there is a head. */
import type { TensorInfo } from '../contract.ts';
import { HeadgateError } from '../error.ts';
import {
  badField,
  flag,
  layerCount,
  positiveInteger,
  requireDivisor,
  type ActivationName,
  type Config,
} from './config.ts';
import { decoderHeads, expectLabelHead, findLabelHead } from './label-heads.ts';
import type { LabelHead } from './labels.ts';
import { matchTensors } from './match.ts';
import { parseRope, type Rope, type RopeNames } from './rope.ts';
import type { StackSizes } from './sizes.ts';
import type { ExpectedTensor, FamilySpec } from './spec.ts';

export interface DecoderSizes extends StackSizes {
  /** Heads of k and v, a divisor of H. */
  readonly keyHeads: number;
  /** `d`: H·d need not be D. */
  readonly headWidth: number;
  readonly rope: Rope;
  /** Elements of each head that are rotated. */
  readonly rotated: number;
}

export interface DecoderConfig extends DecoderSizes {
  readonly activation: ActivationName;
  readonly epsilon: number;
  /** By layer: how many tokens a query sees, itself included; null: all. */
  readonly windows: readonly (number | null)[];
}

/** What a family has where its config says nothing: Transformers' defaults. */
export interface DecoderDefaults {
  readonly vocabulary: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  /** null: as many as there are heads. */
  readonly keyHeads: number | null;
  /** null: D / H; `fixed`: always D / H. */
  readonly headWidth: number | 'fixed' | null;
  readonly inner: number;
  readonly positions: number;
  readonly tied: boolean;
  readonly rope?: RopeNames;
}

/** @throws HeadgateError `bad-config` or `unknown-rope-type` naming the field. */
export function parseSizes(config: Config, defaults: DecoderDefaults): DecoderSizes {
  const width = positiveInteger(config, ['hidden_size'], defaults.width);
  const heads = positiveInteger(config, ['num_attention_heads'], defaults.heads);
  const keyHeads = positiveInteger(
    config,
    ['num_key_value_heads'],
    config['num_key_value_heads'] === null ? heads : (defaults.keyHeads ?? heads),
  );
  requireDivisor(config, ['num_key_value_heads'], keyHeads, 'num_attention_heads', heads);
  const headWidth = parseHeadWidth(config, width, heads, defaults.headWidth);
  const own = positiveInteger(config, ['max_position_embeddings'], defaults.positions);
  return {
    vocabulary: positiveInteger(config, ['vocab_size'], defaults.vocabulary),
    width,
    layers: layerCount(config, ['num_hidden_layers'], defaults.layers),
    heads,
    keyHeads,
    headWidth,
    inner: positiveInteger(config, ['intermediate_size'], defaults.inner),
    tied: flag(config, ['tie_word_embeddings'], defaults.tied),
    ...parseRope(config, { positions: own, headWidth }, defaults.rope),
  };
}

function parseHeadWidth(
  config: Config,
  width: number,
  heads: number,
  otherwise: DecoderDefaults['headWidth'],
): number {
  const isGiven = config['head_dim'] !== undefined && config['head_dim'] !== null;
  if (otherwise !== 'fixed' && (isGiven || otherwise !== null))
    return positiveInteger(config, ['head_dim'], otherwise ?? undefined);
  requireDivisor(config, ['num_attention_heads'], heads, 'hidden_size', width);
  return width / heads;
}

/** Phi and StableLM rotate whole pairs. @throws HeadgateError `bad-config` where an odd number of elements is rotated */
export function requirePairs({ rotated, headWidth }: DecoderSizes): void {
  if (rotated % 2 !== 0)
    throw badField(
      'partial_rotary_factor',
      rotated / headWidth,
      `such that an even number of the ${headWidth} elements of a head is rotated`,
    );
}

/** The same window in every layer. */
export function everyLayer({ layers }: DecoderSizes, window: number | null): (number | null)[] {
  return Array.from({ length: layers }, () => window);
}

/**
 * Windows by `layer_types`, or by a rule where the config has no such list.
 * @throws HeadgateError `bad-config` or `unsupported-config`.
 */
export function windowsByType(
  config: Config,
  { layers }: DecoderSizes,
  window: number | null,
  isSliding: (layer: number) => boolean,
): (number | null)[] {
  const given = config['layer_types'] ?? null;
  if (given !== null && (!Array.isArray(given) || given.length !== layers))
    throw badField('layer_types', given, `a list of ${layers} words, one for each layer`);
  return Array.from({ length: layers }, (_, l) => {
    const type: unknown = given?.[l] ?? (isSliding(l) ? 'sliding_attention' : 'full_attention');
    if (type === 'full_attention') return null;
    if (type !== 'sliding_attention')
      throw new HeadgateError(
        'unsupported-config',
        `config.json: “layer_types” has ${JSON.stringify(type)}, a kind of attention that Headgate does not have.`,
        'It has full_attention and sliding_attention.',
      );
    if (window === null) throw badField('sliding_window', null, 'a whole number, since layers have a window');
    return window;
  });
}

/** True when the files are those of a model without its head class: no name carries the prefix. */
export function isBare(tensors: readonly TensorInfo[], prefix: string): boolean {
  return !tensors.some(({ name }) => name.startsWith(prefix));
}

/** Buffers that carry no weights: the frequencies of the rotation, which the config tells, and old causal masks. */
const BUFFERS = /(^|\.)rotary_emb\.inv_freq$|^rope\.freqs$|^layers\.\d+\.attention\.(bias|masked_bias)$/;

export interface DecoderRules<Parsed> {
  readonly parse: (config: Config) => Parsed;
  /** Every tensor of the bare model and of its head over the vocabulary. */
  readonly expected: (config: Parsed, tensors: readonly TensorInfo[]) => readonly ExpectedTensor[];
  readonly prefixes: readonly string[];
  /** Left out: `BUFFERS`. */
  readonly ignored?: RegExp;
  /** The padding token where config.json has none; left out: none. */
  readonly padding?: number;
}

/** What all decoders' specs have in common: the check of their files, and their heads with labels. */
export function decoderSpec<Parsed extends { readonly width: number }>(
  rules: DecoderRules<Parsed>,
): Required<Pick<FamilySpec, 'generation' | 'labels' | 'check'>> {
  const { parse, expected, prefixes, ignored = BUFFERS, padding } = rules;
  const labels = (config: Config, tensors: readonly TensorInfo[]): LabelHead | null =>
    findLabelHead(config, tensors, decoderHeads(config), {
      prefixes,
      writes: tensors.some(({ name }) => OUTPUTS.test(name)),
      ...(padding !== undefined && { defaults: { padding } }),
    });
  return {
    generation: {},
    labels,
    check(config, tensors) {
      const parsed = parse(config);
      const all = [...expected(parsed, tensors), ...expectLabelHead(labels(config, tensors), parsed.width)];
      return matchTensors(all, tensors, { prefixes, ignored });
    },
  };
}

/** Heads over the vocabulary. */
const OUTPUTS = /(^|\.)(lm_head|embed_out)\.weight$/;
