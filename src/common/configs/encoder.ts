/** What the configs and files of all encoders have in common. Shapes: V vocabulary, D width, I inner width. */
import type { TensorInfo } from '../contract.ts';
import { HeadgateError } from '../error.ts';
import type { ActivationName, Config } from './config.ts';
import { expect, expectLinear, expectNorm } from './expected.ts';
import { cutPrefix } from './match.ts';
import type { StackSizes } from './sizes.ts';
import type { ExpectedTensor } from './spec.ts';
import { sharedTables } from './tables.ts';

/** Sizes and choices that every encoder has. */
export interface EncoderConfig extends StackSizes {
  /** Rows of the position table, or most tokens where positions are angles. */
  readonly positions: number;
  readonly activation: ActivationName;
  /** Of the norms. */
  readonly epsilon: number;
  /** The output projection is the token table where the files have none. */
  readonly tied: boolean;
}

/**
 * Decoders that were made of an encoder's layers, and positions that are no table, are not run.
 * @throws HeadgateError `unsupported-config` naming the field.
 */
export function refuseVariants(config: Config, name: string): void {
  for (const field of ['is_decoder', 'add_cross_attention'])
    if (config[field] === true)
      throw unsupported(
        `“${field}” is true; a ${name} that is a decoder is not run`,
        `Open a ${name} that is an encoder.`,
      );
  const positions = config['position_embedding_type'] ?? 'absolute';
  if (positions !== 'absolute')
    throw unsupported(
      `“position_embedding_type” is ${JSON.stringify(positions).slice(0, 80)}; only absolute positions are run`,
      `Open a ${name} with absolute positions.`,
    );
}

function unsupported(problem: string, hint: string): HeadgateError {
  return new HeadgateError('unsupported-config', `config.json: ${problem}.`, hint);
}

/** The files' names of tensors without their prefixes. */
export function storedNames(tensors: readonly TensorInfo[], prefixes: readonly string[]): Set<string> {
  return new Set(tensors.map(({ name }) => cutPrefix(name, prefixes)));
}

/** The token table; tied, it may be stored as the head's decoder alone, and a decoder that differs counts. */
export function expectTokens(
  table: string,
  head: MaskedHeadNames,
  { vocabulary, tied }: EncoderConfig,
  width: number,
  tensors: readonly TensorInfo[],
  prefixes: readonly string[],
): ExpectedTensor[] {
  if (!tied) return [expect(table, vocabulary, width)];
  const names = hasMaskedHead(head, storedNames(tensors, prefixes)) ? [`${head.decoder}.weight`] : [];
  return sharedTables([table, ...names], [vocabulary, width], tensors, prefixes);
}

/** Where a family keeps its masked-language head: logits = decoder(norm(act(dense(x)))). */
export interface MaskedHeadNames {
  readonly dense: string;
  readonly norm: string;
  readonly decoder: string;
  /** Names that the decoder's bias may have, the one that goes first first. */
  readonly biases: readonly string[];
}

/** True when the files hold a masked-language head, or a part of one. */
export function hasMaskedHead(
  { dense, decoder, biases }: MaskedHeadNames,
  stored: ReadonlySet<string>,
): boolean {
  return [`${dense}.weight`, `${decoder}.weight`, ...biases].some((name) => stored.has(name));
}

/**
 * The tensors of a masked-language head.
 * @param width of what `dense` puts out, that of the token table
 */
export function expectMaskedHead(
  names: MaskedHeadNames,
  { vocabulary, width: inputs, tied }: EncoderConfig,
  width: number,
  tensors: readonly TensorInfo[],
  prefixes: readonly string[],
): ExpectedTensor[] {
  return [
    ...expectLinear(names.dense, width, inputs),
    ...expectNorm(names.norm, width),
    // A tied decoder stands with the token table.
    ...(tied ? [] : [expect(`${names.decoder}.weight`, vocabulary, width)]),
    ...sharedTables(names.biases, [vocabulary], tensors, prefixes),
  ];
}
