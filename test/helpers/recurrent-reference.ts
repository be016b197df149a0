/** A recurrent model in float64, from the tensors that a format tells: what the GPU must give. */
import { expect } from 'vitest';
import type { ByteSource } from '../../src/common/byte-source.ts';
import { parseRecurrentConfig, recurrentTensors } from '../../src/common/configs/recurrent.ts';
import { cellOf, partsOf, stateOf, unitsOf } from '../../src/common/configs/recurrent-stack.ts';
import { recurrentSpec } from '../../src/common/configs/recurrent.ts';
import { requireTensors } from '../../src/common/configs/match.ts';
import type { ReadModel } from '../../src/common/read-model.ts';
import { referenceLayer } from '../../src/renderer/kernels/recurrent/recurrent.reference.ts';
import { readCell } from '../../src/renderer/models/recurrent/layouts.ts';
import { decodeFloats } from '../../src/common/stored-floats.ts';
import { must } from './must.ts';

type Row = readonly number[];

/** Outputs before any softmax, [T, C] or [C]. @param config our description; left out: the model's own */
export async function referenceOutputs(
  { detail, files }: ReadModel,
  ids: ArrayLike<number>,
  given: Readonly<Record<string, unknown>> = detail.config ?? {},
): Promise<Float64Array> {
  const config = parseRecurrentConfig(given);
  const check = recurrentSpec.check(given, detail.tensors);
  requireTensors(detail.name, check);
  const read = async (name: string) => {
    const { dtype, shape, file, begin, end } = must(check.found.get(name));
    const bytes = await (must(files.get(file)) as ByteSource).read(begin, end);
    const values = decodeFloats(dtype, bytes.slice());
    expect(values).toHaveLength(shape.reduce((product, size) => product * size, 1));
    return values;
  };
  const E = config.embedding_size === 'one-hot' ? config.vocab_size : config.embedding_size;
  const table = config.embedding_size === 'one-hot' ? null : await read('embedding.weight');
  let x: Row[] = Array.from(ids, (id) =>
    Array.from({ length: E }, (_, k) => (table === null ? Number(k === id) : (table[id * E + k] ?? NaN))),
  );
  const { rnn } = config;
  for (let layer = 0; layer < rnn.num_layers; layer++) {
    const sides: Row[][] = [];
    for (const tensors of recurrentTensors(config).layers.filter((one) => one.layer === layer)) {
      const weights = await readCell(rnn, tensors, read);
      const wide = (values: Float32Array) => Float64Array.from(values);
      const steps = referenceLayer(
        {
          cell: cellOf(rnn),
          gates: rnn.recurrent_activation,
          inputs: x[0]?.length ?? 0,
          units: unitsOf(rnn, layer),
          state: stateOf(rnn, layer),
          input: wide(weights.input),
          recurrent: wide(weights.recurrent),
          inputBias: wide(weights.inputBias),
          recurrentBias: wide(weights.recurrentBias),
          projection: weights.projection === null ? null : wide(weights.projection),
        },
        Float64Array.from(x.flat()),
        [x.length],
        tensors.reverse,
      );
      sides.push(steps.map(([step]) => [...must(step).h]));
    }
    x = x.map((_, t) => sides.flatMap((side) => side[t] ?? []));
  }
  const linear = async (name: string, row: Row) => {
    const weight = await read(`${name}.weight`);
    const bias = check.found.has(`${name}.bias`) ? await read(`${name}.bias`) : null;
    return Array.from({ length: weight.length / row.length }, (_, o) =>
      row.reduce((sum, value, i) => sum + value * (weight[o * row.length + i] ?? NaN), bias?.[o] ?? 0),
    );
  };
  const rows = config.model_type === 'rnn-classifier' ? [await pooled(config, x, linear)] : x;
  const outputs: number[] = [];
  for (let row of rows) {
    for (const [k, { activation }] of config.hidden_layers.entries())
      row = (await linear(`hidden.${k}`, row)).map(ACTIVATE[activation]);
    if (config.tie_embeddings) {
      const held = must(table);
      for (let v = 0; v < config.vocab_size; v++)
        outputs.push(row.reduce((sum, value, i) => sum + value * (held[v * E + i] ?? NaN), 0));
    } else outputs.push(...(await linear('linear', row)));
  }
  return Float64Array.from(outputs);
}

const ACTIVATE = {
  none: (x: number) => x,
  relu: (x: number) => Math.max(x, 0),
  tanh: Math.tanh,
  sigmoid: (x: number) => 1 / (1 + Math.exp(-x)),
};

async function pooled(
  { pooling, rnn, attention }: ReturnType<typeof parseRecurrentConfig>,
  x: readonly Row[],
  linear: (name: string, row: Row) => Promise<Row>,
): Promise<Row> {
  const T = x.length;
  const units = (value: (p: number) => number) => (x[0] ?? []).map((_, p) => value(p));
  if (pooling === 'mean') return units((p) => x.reduce((sum, row) => sum + (row[p] ?? 0), 0) / T);
  if (pooling === 'sum') return units((p) => x.reduce((sum, row) => sum + (row[p] ?? 0), 0));
  if (pooling === 'max') return units((p) => Math.max(...x.map((row) => row[p] ?? 0)));
  if (pooling === 'attention') {
    const scores: number[] = [];
    for (const row of x) {
      const raw =
        attention === undefined || attention.size === null ? row : await linear('attention.key', row);
      const keys = attention?.activation === 'tanh' ? raw.map(Math.tanh) : raw;
      scores.push((await linear('attention.score', keys))[0] ?? 0);
    }
    const powers = scores.map((score) => Math.exp(score - Math.max(...scores)));
    const total = powers.reduce((sum, power) => sum + power, 0);
    return units((p) => x.reduce((sum, row, t) => sum + ((powers[t] ?? 0) / total) * (row[p] ?? 0), 0));
  }
  const [forward = 0] = partsOf(rnn);
  return units((p) => (pooling === 'last' && p >= forward ? x[0]?.[p] : x[T - 1]?.[p]) ?? 0);
}

/** What follows the last linear layer, row by row. */
export function activated(outputs: Float64Array, columns: number, activation: string): Float64Array {
  const result = outputs.slice();
  for (let from = 0; from < result.length; from += columns) {
    const row = result.subarray(from, from + columns);
    if (activation === 'sigmoid') row.set(row.map(ACTIVATE.sigmoid));
    if (!activation.endsWith('softmax')) continue;
    const powers = row.map((value) => Math.exp(value - Math.max(...row)));
    const total = powers.reduce((sum, power) => sum + power, 0);
    row.set(powers.map((power) => (activation === 'softmax' ? power / total : Math.log(power / total))));
  }
  return result;
}
