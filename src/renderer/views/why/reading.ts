import { tableOf, type Table } from '../../common/table.ts';
import { rowTokens } from '../../common/head-rows.ts';
import { keySteps, type HeadSteps, type KeySteps } from '../../runs/head-steps.ts';
import type { AttentionMap, Run, Token } from '../../runs/run.ts';

/** A query of a head of a run. */
export interface WhyWish {
  readonly run: Run;
  readonly map: AttentionMap;
  readonly layer: number;
  readonly head: number;
  readonly query: number;
}

/** Its steps, and those of each of its keys. */
export interface Reading extends WhyWish {
  readonly steps: HeadSteps;
  readonly keys: readonly KeySteps[];
  /** The query's name: in cross-attention what the decoder read and wrote. */
  readonly asks: Token | undefined;
}

export async function readSteps(wish: WhyWish, signal?: AbortSignal): Promise<Reading> {
  const { run, map, layer, head, query } = wish;
  const steps = await map.steps(layer, head, query, signal);
  return { ...wish, steps, keys: keySteps(steps), asks: rowTokens(run, map)[query] };
}

/** Index of the key with the largest weight. */
export function strongestKey({ keys }: Pick<Reading, 'keys'>): number {
  return keys.reduce((best, { weight }, s) => (weight > (keys[best]?.weight ?? -1) ? s : best), 0);
}

/** A row for each key; arrays for the vectors. */
export function stepsTable({ steps, keys, map }: Reading): Table {
  const column = (of: (key: KeySteps) => number) => Float32Array.from(keys, of);
  const { columns, rows, arrays } = tableOf({
    key: Int32Array.from(keys, (_, s) => s),
    token: map.keys.map(({ text }) => text),
    product: column(({ product }) => product),
    scaled: column(({ scaled }) => scaled),
    capped: column(({ capped }) => capped),
    bias: column(({ bias }) => bias),
    score: column(({ score }) => score),
    exponential: column(({ exponential }) => exponential),
    weight: column(({ weight }) => weight),
  });
  const S = keys.length;
  const matrix = (values: Float32Array) => [S, values.length / S];
  const vector = (name: string, values: Float32Array) => ({ name, shape: [values.length], values });
  return {
    ...{ columns, rows },
    arrays: [
      ...arrays,
      vector('query', steps.query),
      { name: 'keys', shape: matrix(steps.keys), values: steps.keys },
      { name: 'values', shape: matrix(steps.values), values: steps.values },
      vector('context', steps.context),
      vector('read', steps.read),
      ...(steps.written === null ? [] : [vector('written', steps.written)]),
    ],
  };
}
