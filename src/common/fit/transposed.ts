/** Matrices that are stored the other way round: [out, in] of a Linear where a Conv1D has [in, out], or the reverse. */
import type { TensorInfo } from '../contract.ts';
import type { TensorCheck } from '../configs/spec.ts';
import { isElementType } from '../dtype.ts';

interface Matrix {
  readonly tensor: TensorInfo;
  /** Its name with all numbers as one: what the same matrices of all layers have in common. */
  readonly kind: string;
  /** `square`: its shape does not tell. */
  readonly way: 'as-expected' | 'reversed' | 'square';
}

/**
 * The tensors that are stored the other way round. Shapes tell; a square matrix is taken to be stored as the others of
 * its own part of the layer are (`h.0.attn`), or, where that part has none, as all others of the layers.
 * @param found the tensors by the family's names
 * @param shapes the expected ones of those that have another
 */
export function reversedTensors(
  found: TensorCheck['found'],
  shapes: ReadonlyMap<TensorInfo, readonly number[]>,
): ReadonlySet<TensorInfo> {
  const matrices = [...found].flatMap(([name, tensor]) =>
    matrixOf(name, tensor, shapes.get(tensor) ?? tensor.shape),
  );
  const reversed = new Set(matrices.filter(({ way }) => way === 'reversed').map(({ tensor }) => tensor));
  if (reversed.size === 0) return reversed;
  const inLayers = matrices.filter(({ kind }) => kind.includes('#'));
  const told = inLayers.filter(({ way }) => way !== 'square');
  for (const { tensor, kind, way } of inLayers) {
    if (way !== 'square') continue;
    const part = kind.slice(0, kind.lastIndexOf('.', kind.lastIndexOf('.') - 1) + 1);
    const neighbours = told.filter((other) => other.kind.startsWith(part));
    const ways = (neighbours.length > 0 ? neighbours : told).map((other) => other.way);
    if (ways.length > 0 && ways.every((other) => other === 'reversed')) reversed.add(tensor);
  }
  return reversed;
}

function matrixOf(name: string, tensor: TensorInfo, expected: readonly number[]): Matrix[] {
  const [rows, columns] = tensor.shape;
  if (tensor.shape.length !== 2 || expected.length !== 2 || !isElementType(tensor.dtype)) return [];
  const kind = name.replace(/(^|\.)\d+(?=\.)/g, '$1#');
  const [outputs, inputs] = expected;
  if (rows === outputs && columns === inputs)
    return [{ tensor, kind, way: rows === columns ? 'square' : 'as-expected' }];
  return rows === inputs && columns === outputs ? [{ tensor, kind, way: 'reversed' }] : [];
}
