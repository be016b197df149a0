/** Tensors that are put into the shape that a model expects: turned round, or filled up where heads were pruned. */
import type { ByteSource } from '../byte-source.ts';
import type { Config } from '../configs/config.ts';
import { zeroBiases } from '../configs/match.ts';
import type { TensorCheck } from '../configs/spec.ts';
import type { TensorInfo } from '../contract.ts';
import { bytesOf, isElementType } from '../dtype.ts';
import type { Fitted } from './fitted.ts';
import { paddedSource, transposedSource, type StoredMatrix } from './matrix-source.ts';
import { pairedRows } from './names.ts';
import { paddedAxis, prunedHeads } from './pruned.ts';
import { reversedTensors } from './transposed.ts';

/** Turns matrices round that are stored the other way, and fills up layers of pruned heads. */
export function reshaped(model: Fitted, config: Config, check: TensorCheck): Fitted {
  const shapes = new Map(check.misshapen.map(({ expected, actual }) => [actual, expected.shape]));
  const pruned = prunedHeads(config);
  const reversed = reversedTensors(check.found, shapes);
  const zeros = zeroBiases(check);
  const paired = pairedTensors(model, config);
  if (reversed.size + pruned.size + zeros.length + paired.size === 0) return model;
  const files = new Map(model.files);
  const [transposed, padded]: [string[], string[]] = [[], []];
  const tensors = model.tensors.map((tensor) => {
    const matrix = matrixOf(tensor, files);
    if (matrix === null) return tensor;
    const name = `${tensor.file}/${tensor.name}`;
    if (reversed.has(tensor)) {
      transposed.push(tensor.name);
      return placed(
        tensor,
        tensor.shape.toReversed(),
        transposedSource(matrix, `${name} (transposed)`),
        files,
      );
    }
    const rows = paired.get(tensor.name);
    if (rows !== undefined && rows.length === matrix.rows) {
      const places = placesOf(matrix, { axis: 0, places: rows });
      return placed(tensor, tensor.shape, paddedSource(matrix, places, `${name} (reordered)`), files);
    }
    const shape = shapes.get(tensor);
    const axis = shape === undefined ? null : axisOf(tensor, shape, config, pruned);
    if (shape === undefined || axis === null) return tensor;
    padded.push(tensor.name);
    return placed(tensor, shape, paddedSource(matrix, placesOf(matrix, axis), `${name} (padded)`), files);
  });
  const reading = model.reading ?? {
    ...{ prefix: null, renamed: [], part: null, beside: [] },
  };
  const beside = model.tensors[0]?.file ?? '';
  for (const { name, shape } of zeros) tensors.push(zeroTensor(name, shape, beside, files));
  return {
    ...{ ...model, tensors, files },
    reading: { ...reading, transposed, padded, zeros: zeros.map(({ name }) => name) },
  };
}

/** Rows of q and k in Hugging Face's order, by name, of files that have Meta's. */
function pairedTensors({ reading }: Fitted, config: Config): ReadonlyMap<string, readonly number[]> {
  const heads = Number(config['num_attention_heads'] ?? 0);
  const size = Number(config['head_dim'] ?? Number(config['hidden_size'] ?? 0) / heads);
  const keyHeads = Number(config['num_key_value_heads'] ?? heads);
  const found = new Map<string, readonly number[]>();
  if (!Number.isInteger(size) || size % 2 !== 0 || heads < 1) return found;
  for (const { from, to } of reading?.renamed ?? []) {
    const side = pairedRows(from);
    if (side !== null) found.set(to, halvesOf(side === 'query' ? heads : keyHeads, size));
  }
  return found;
}

/** Of each head, the first of every pair and then the second: row i + j·d/2 is row 2i + j. */
function halvesOf(heads: number, size: number): number[] {
  return Array.from({ length: heads * size }, (_, row) => {
    const [head, within] = [Math.floor(row / size), row % size];
    const half = size / 2;
    return head * size + 2 * (within % half) + Math.floor(within / half);
  });
}

/** A tensor of one or two axes as a matrix; one of one axis is a row. Null: its elements do not lie one by one. */
function matrixOf(tensor: TensorInfo, files: ReadonlyMap<string, ByteSource>): StoredMatrix | null {
  const source = files.get(tensor.file);
  const { dtype, shape, begin } = tensor;
  if (source === undefined || !isElementType(dtype) || shape.length === 0 || shape.length > 2) return null;
  const [rows = 1, columns = 1] = shape.length === 2 ? shape : [1, ...shape];
  return { source, begin, width: bytesOf(dtype), rows, columns };
}

function axisOf(
  { name, shape }: TensorInfo,
  expected: readonly number[],
  config: Config,
  pruned: ReadonlyMap<number, readonly number[]>,
): { readonly axis: number; readonly places: readonly number[] } | null {
  const layer = /(?:^|\.)(\d+)\./.exec(name)?.[1];
  const gone = layer === undefined ? undefined : pruned.get(Number(layer));
  const heads = ['num_attention_heads', 'n_head', 'n_heads']
    .map((field) => config[field])
    .find(Number.isInteger);
  if (gone === undefined || typeof heads !== 'number') return null;
  const found = paddedAxis(shape, expected, heads, gone);
  // A row has its elements along the second axis of a matrix.
  return found === null || expected.length === 2 ? found : { ...found, axis: 1 };
}

function placesOf(
  { rows, columns }: StoredMatrix,
  { axis, places }: { readonly axis: number; readonly places: readonly number[] },
): { readonly rows: readonly number[]; readonly columns: readonly number[] } {
  const all = (size: number) => Array.from({ length: size }, (_, i) => i);
  return axis === 0 ? { rows: places, columns: all(columns) } : { rows: all(rows), columns: places };
}

/** A tensor of zeros, which no file holds. @param beside the file that it is named below */
function zeroTensor(
  name: string,
  shape: readonly number[],
  beside: string,
  files: Map<string, ByteSource>,
): TensorInfo {
  const size = 4 * shape.reduce((product, axis) => product * axis, 1);
  const source: ByteSource = {
    ...{ name: `${beside}/${name} (zeros)`, size },
    read: (begin, end) => Promise.resolve(new Uint8Array(Math.max(0, Math.min(end, size) - begin))),
  };
  files.set(source.name, source);
  return { name, dtype: 'F32', shape: [...shape], file: source.name, begin: 0, end: size };
}

/** The tensor in a file of its own, unpacked. */
function placed(
  { packed: _, ...tensor }: TensorInfo,
  shape: readonly number[],
  source: ByteSource,
  files: Map<string, ByteSource>,
): TensorInfo {
  files.set(source.name, source);
  return { ...tensor, shape: [...shape], file: source.name, begin: 0, end: source.size };
}
