/** What all encoders' specs have in common: the check of their files, and their heads with labels. */
import type { TensorInfo } from '../contract.ts';
import type { Config } from './config.ts';
import {
  expectMaskedHead,
  expectTokens,
  hasMaskedHead,
  storedNames,
  type EncoderConfig,
  type MaskedHeadNames,
} from './encoder.ts';
import { expectLinear } from './expected.ts';
import { expectLabelHead, findLabelHead } from './label-heads.ts';
import type { LabelHead, LabelHeadPlace } from './labels.ts';
import { matchTensors } from './match.ts';
import type { ExpectedTensor, FamilySpec } from './spec.ts';

/** What one family's encoders are called, and where they keep what. */
export interface EncoderRules<Parsed extends EncoderConfig>
  extends Pick<FamilySpec, 'name' | 'modelTypes'>, Omit<EncoderNames, 'pooler'> {
  readonly parse: (config: Config) => Parsed;
  /** Every tensor of the bare model and of its head over the vocabulary. */
  readonly expected: (config: Parsed, tensors: readonly TensorInfo[]) => readonly ExpectedTensor[];
  /** Whether files with such names hold a head over the vocabulary, or a part of one; left out: `hasMaskedHead` tells. */
  readonly writes?: (stored: ReadonlySet<string>) => boolean;
  /** Where heads with labels are. */
  readonly labels: (config: Config) => readonly LabelHeadPlace[];
  /** Buffers that carry no weights; left out: numbers of positions, which older versions saved. */
  readonly ignored?: RegExp;
  /** Today's name of a tensor, from an older one. */
  readonly rename?: (name: string) => string;
}

/** The spec of a family of encoders. */
export function encoderSpec<Parsed extends EncoderConfig>(rules: EncoderRules<Parsed>): FamilySpec {
  const { name, modelTypes, prefixes, head, parse, expected, rename } = rules;
  const { ignored = /^embeddings\.position_ids$/, writes = (stored) => hasMaskedHead(head, stored) } = rules;
  const labels = (config: Config, tensors: readonly TensorInfo[]): LabelHead | null =>
    findLabelHead(config, tensors, rules.labels(config), {
      prefixes,
      writes: writes(storedNames(tensors, prefixes)),
    });
  return {
    ...{ name, modelTypes, labels },
    pools: (config) => parse(config).width,
    check(config, tensors) {
      const parsed = parse(config);
      const all = [...expected(parsed, tensors), ...expectLabelHead(labels(config, tensors), parsed.width)];
      return matchTensors(all, tensors, { prefixes, ignored, ...(rename && { rename }) });
    },
  };
}

/** Where a BERT, or what is built like it, keeps what is around its layers. */
export interface EncoderNames {
  readonly prefixes: readonly string[];
  readonly head: MaskedHeadNames;
  /** The dense part over the first state; null: it never has one. */
  readonly pooler: string | null;
}

/**
 * `own` between the token table [V, E] and what follows the layers: the pooler and the masked-language head, where the
 * files have them.
 */
export function aroundLayers(
  { prefixes, head, pooler }: EncoderNames,
  config: EncoderConfig & { readonly embedding?: number },
  own: readonly ExpectedTensor[],
  tensors: readonly TensorInfo[],
): ExpectedTensor[] {
  const { width: D, embedding: E = D } = config;
  const stored = storedNames(tensors, prefixes);
  return [
    ...expectTokens('embeddings.word_embeddings.weight', head, config, E, tensors, prefixes),
    ...own,
    ...(pooler !== null && stored.has(`${pooler}.weight`) ? expectLinear(pooler, D, D) : []),
    ...(hasMaskedHead(head, stored) ? expectMaskedHead(head, config, E, tensors, prefixes) : []),
  ];
}
