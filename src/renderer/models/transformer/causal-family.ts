/** What families of decoders have in common when they are read from files. */
import type { Matrix } from '../../kernels/matmul/weight.ts';
import { defineFamily } from '../define-family.ts';
import type { Family } from '../family.ts';
import { readGenerationConfig } from '../../../common/configs/generation-config.ts';
import type { Config } from '../../../common/configs/config.ts';
import type { DecoderSizes } from '../../../common/configs/decoder.ts';
import { classifierName } from '../../../common/configs/heads.ts';
import type { FamilySpec } from '../../../common/configs/spec.ts';
import { sourceReader } from '../source-files.ts';
import { WeightStore } from '../weight-store.ts';
import { readLabelHead } from '../labels/head.ts';
import { CausalModel } from './causal-model.ts';
import { reserving, type Reader } from './reader.ts';
import { ropeFrequencies } from './rope-frequencies.ts';
import type { Rotary } from './rotary-table.ts';
import type { Transformer } from './run.ts';
import type { Head } from './stack.ts';

export interface CausalFamily<Parsed> {
  readonly spec: FamilySpec;
  readonly parse: (config: Config) => Parsed;
  /** The token that ends a text where neither file says; null: none. */
  readonly end: number | null;
  /** Reserves the weights by their names, in the order of the pass. */
  readonly transformer: (read: Reader, config: Parsed) => Transformer;
}

/** Names of a language model's head. */
const OUTPUTS = ['lm_head.weight', 'embed_out.weight'];

/** A family whose models predict the next token. */
export function causalFamily<Parsed extends { readonly positions: number }>({
  spec,
  parse,
  end,
  transformer,
}: CausalFamily<Parsed>): Family {
  return defineFamily({
    spec,
    parse,
    async build({ gpu, source, config, check, labels, about, onProgress, signal }) {
      const { model: files } = source;
      const generation = await readGenerationConfig(
        files,
        { eos_token_id: end },
        sourceReader(source, signal),
      );
      const store = new WeightStore(gpu, source, check.found);
      const whole = reserving(store, (read) => ({
        ...transformer(read, config),
        labels: labels && readLabelHead(read, labels),
      }));
      // What classifies was not trained to go on with a text, though a tied head would always give something.
      const isClassifier =
        labels !== null ||
        (classifierName(files.tensors) !== null && !OUTPUTS.some((name) => store.has(name)));
      const model = isClassifier ? { ...whole, head: null } : whole;
      await store.load(onProgress, signal);
      return new CausalModel({ gpu, about, model, store, positions: config.positions }, generation);
    },
  });
}

/** The rotary positions of a decoder; all layers that turn alike must share what this returns. */
export function rotaryOf({ rope, rotated }: Pick<DecoderSizes, 'rope' | 'rotated'>): Rotary {
  return {
    width: 2 * Math.ceil(rotated / 2),
    frequencies: (length) => ropeFrequencies(rope, rotated, length),
  };
}

/**
 * The token table and the output table. A stored head is used as it is; tied ones may be stored under either name.
 * @param names of the table, and those that the head may have
 */
export function readTables(
  read: Reader,
  { tied }: { readonly tied: boolean },
  table: string,
  heads: readonly string[] = ['lm_head.weight'],
): { readonly tokens: Matrix; readonly output: Matrix | null } {
  const head = heads.find((name) => read.has(name));
  const isShared = tied && head !== undefined && !read.has(table);
  const tokens = read.matrix(isShared ? head : table);
  if (isShared) return { tokens, output: tokens };
  return { tokens, output: head !== undefined ? read.matrix(head) : tied ? tokens : null };
}

/** A head that is a table alone; null without one. */
export function plainHead(weight: Matrix | null, softCap: number | null = null): Head | null {
  return weight === null ? null : { weight, softCap, transform: null, bias: null, scale: 1 };
}
