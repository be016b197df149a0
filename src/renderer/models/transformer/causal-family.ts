/** What families of decoders have in common when they are read from files. */
import type { Matrix } from '../../kernels/matmul/weight.ts';
import type { Family } from '../family.ts';
import { readGenerationConfig } from '../../../common/configs/generation-config.ts';
import type { Config } from '../../../common/configs/config.ts';
import type { DecoderSizes } from '../../../common/configs/decoder.ts';
import { requireTensors } from '../../../common/configs/match.ts';
import type { FamilySpec } from '../../../common/configs/spec.ts';
import { sourceReader } from '../source-files.ts';
import { WeightStore } from '../weight-store.ts';
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

/** A family whose models predict the next token. */
export function causalFamily<Parsed extends { readonly positions: number }>({
  spec,
  parse,
  end,
  transformer,
}: CausalFamily<Parsed>): Family {
  return {
    spec,
    async load(gpu, source, onProgress, signal) {
      const { model: files } = source;
      const raw = files.config ?? {};
      const config = parse(raw);
      const check = spec.check(raw, files.tensors);
      requireTensors(files.name, check);
      const generation = await readGenerationConfig(
        files,
        { eos_token_id: end },
        sourceReader(source, signal),
      );
      const store = new WeightStore(gpu, source, check.found);
      const model = reserving(store, (read) => transformer(read, config));
      await store.load(onProgress, signal);
      const about = { id: files.id, name: files.name, family: spec.name, modelType: files.modelType ?? '' };
      return new CausalModel({ gpu, about, model, store, positions: config.positions }, generation);
    },
  };
}

/** The rotary positions of a decoder; all its layers must share what this returns. */
export function rotaryOf({ rope, rotated }: DecoderSizes): Rotary {
  return {
    width: 2 * Math.ceil(rotated / 2),
    frequencies: (length) => ropeFrequencies(rope, rotated, length),
  };
}

/** The token table when it is tied, else a table of its own under the first of the names that is there, else none. */
export function outputTable(
  read: Reader,
  { tied }: { readonly tied: boolean },
  tokens: Matrix,
  names: readonly string[] = ['lm_head.weight'],
): Matrix | null {
  if (tied) return tokens;
  const name = names.find((candidate) => read.has(candidate));
  return name === undefined ? null : read.matrix(name);
}

/** A head that is a table alone; null without one. */
export function plainHead(weight: Matrix | null, softCap: number | null = null): Head | null {
  return weight === null ? null : { weight, softCap, transform: null, bias: null, scale: 1 };
}
