/** How far two models' weights are apart, tensor by tensor. */
import type { TensorInfo } from '../contract.ts';
import { canRead, countOf, valuesOf, type ReadBytes } from './values.ts';

/** A model whose tensors are compared. */
export interface Side {
  readonly tensors: readonly TensorInfo[];
  readonly read: ReadBytes;
}

/** A tensor that both have, in the same shape. */
export interface Moved {
  readonly name: string;
  readonly shape: readonly number[];
  /** ‖b − a‖ / ‖a‖, Frobenius norms; ‖b‖ > 0 over ‖a‖ = 0 is ∞. */
  readonly relative: number;
  /** ‖b − a‖ */
  readonly distance: number;
  /** Largest |b − a|. */
  readonly largest: number;
  /** Values that differ. */
  readonly changed: number;
}

export interface Difference {
  /** What moved most comes first, then by name. */
  readonly moved: readonly Moved[];
  /** Names that only one side has, or that they have in another shape or in a type that is not unpacked. */
  readonly onlyFirst: readonly string[];
  readonly onlySecond: readonly string[];
  readonly otherwise: readonly string[];
}

/** In float64, piece by piece. @param progress told of shares 0 … 1 @throws the signal's reason, and what reading throws */
export async function compareTensors(
  first: Side,
  second: Side,
  signal: AbortSignal,
  progress: (share: number) => void = () => undefined,
): Promise<Difference> {
  const others = new Map(second.tensors.map((tensor) => [tensor.name, tensor]));
  const both = first.tensors.flatMap((a) => {
    const b = others.get(a.name);
    return b === undefined ? [] : [[a, b] as const];
  });
  const fits = ([a, b]: readonly [TensorInfo, TensorInfo]) =>
    canRead(a) &&
    canRead(b) &&
    a.shape.length === b.shape.length &&
    a.shape.every((size, i) => size === b.shape[i]);
  const pairs = both.filter(fits);
  const total = pairs.reduce((sum, [a]) => sum + countOf(a), 0);
  let done = 0;
  const moved: Moved[] = [];
  for (const [a, b] of pairs) {
    moved.push(
      await distance(a, first, b, second, signal, (count) => {
        done += count;
        progress(done / Math.max(total, 1));
      }),
    );
  }
  const names = (tensors: readonly TensorInfo[], known: ReadonlySet<string>) =>
    tensors.flatMap(({ name }) => (known.has(name) ? [] : [name]));
  return {
    moved: moved.sort((a, b) => b.relative - a.relative || (a.name < b.name ? -1 : 1)),
    onlyFirst: names(first.tensors, new Set(others.keys())),
    onlySecond: names(second.tensors, new Set(first.tensors.map(({ name }) => name))),
    otherwise: both.filter((pair) => !fits(pair)).map(([{ name }]) => name),
  };
}

async function distance(
  a: TensorInfo,
  first: Side,
  b: TensorInfo,
  second: Side,
  signal: AbortSignal,
  tell: (count: number) => void,
): Promise<Moved> {
  let [squares, own, largest, changed] = [0, 0, 0, 0];
  const others = valuesOf(second.read, b, signal);
  for await (const values of valuesOf(first.read, a, signal)) {
    const other = (await others.next()).value ?? new Float32Array();
    for (let i = 0; i < values.length; i++) {
      const [x, y] = [values[i] ?? NaN, other[i] ?? NaN];
      const away = y - x;
      // Values that are no numbers on both sides are the same.
      if (away === 0 || (Number.isNaN(x) && Number.isNaN(y)) || x === y) {
        own += Number.isFinite(x) ? x * x : 0;
        continue;
      }
      changed++;
      squares += away * away;
      own += x * x;
      largest = Math.max(largest, Math.abs(away));
    }
    tell(values.length);
  }
  const norm = Math.sqrt(squares);
  const relative = norm === 0 && changed === 0 ? 0 : own === 0 ? Infinity : norm / Math.sqrt(own);
  return { name: a.name, shape: a.shape, relative, distance: norm, largest, changed };
}
