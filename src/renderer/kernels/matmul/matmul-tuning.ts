/** The autotuner: which tile of a matmul is fastest on this very device, by class of product. */
import type { Gpu } from '../../gpu/gpu.ts';
import type { GpuTensor } from '../../gpu/tensor.ts';
import { matmul } from './matmul.ts';
import { candidates, MATMUL_TILES, ORDERS, ROW_CLASSES, shapeClass } from './matmul-tiles.ts';
import { repackedBytes } from './quantized.ts';
import type { Matrix } from './weight.ts';

/** What was measured for one class of products. */
export interface TuningResult {
  /** For people, and the key of `Gpu.tuning`. */
  readonly name: string;
  /** The fastest tile. */
  readonly tile: string;
  /** Least time of each candidate, ms. */
  readonly milliseconds: Readonly<Record<string, number>>;
}

/** Times each candidate this often, after a first call that compiles it. */
const ROUNDS = 4;

/** The name under which a device's choices are kept: another adapter, driver or browser is measured again. */
export function tuningKey({ facts }: Pick<Gpu, 'facts'>, userAgent = navigator.userAgent): string {
  const browser = /(Chrome|Electron|Firefox|Version)\/\d+/.exec(userAgent)?.[0] ?? 'browser';
  return [facts.vendor, facts.architecture, facts.name, facts.driver, browser]
    .filter((word) => word !== '')
    .join(' ');
}

/**
 * Takes over choices that were kept; names that there are no more are left out.
 * @param kept class → tile, as JSON gave it
 */
export function applyTuning(gpu: Pick<Gpu, 'tuning' | 'facts'>, kept: unknown): void {
  gpu.tuning.clear();
  if (typeof kept !== 'object' || kept === null) return;
  for (const { name, rows } of classes()) {
    const tile = (kept as Record<string, unknown>)[name];
    if (typeof tile === 'string' && MATMUL_TILES.has(tile) && candidates(rows, gpu.facts).includes(tile))
      gpu.tuning.set(name, tile);
  }
}

/**
 * Measures every candidate of every class and makes the fastest the device's choice.
 * @throws the signal's reason between two calls; the choices made until then stay.
 */
export async function tuneMatmul(
  gpu: Gpu,
  onProgress: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<TuningResult[]> {
  // A layer of a middling model; a software adapter answers as well from a smaller one.
  const side = gpu.facts.isSoftware ? 256 : 1024;
  const all = classes();
  const total = all.reduce((sum, { rows }) => sum + candidates(rows, gpu.facts).length, 0);
  const most = Math.max(...all.map(({ rows }) => rows));
  const bytes = repackedBytes('q8_0', side, side);
  const a = gpu.tensor([most, side], 'tuning input', 'scratch');
  const b = gpu.tensor([side, side], 'tuning weights', 'scratch');
  const scales = gpu.tensor([bytes.scales / 4], 'tuning scales', 'scratch');
  const out = gpu.tensor([most, side], 'tuning output', 'scratch');
  const blocks: Matrix = {
    dtype: 'q8_0',
    values: { buffer: b.buffer, offset: 0, size: bytes.values },
    scales: { buffer: scales.buffer, offset: 0, size: bytes.scales },
    shape: [side, side],
  };
  const results: TuningResult[] = [];
  let done = 0;
  try {
    for (const { name, rows, order } of all) {
      const milliseconds: Record<string, number> = {};
      const part = (tensor: GpuTensor) => ({ ...tensor, shape: [rows, side] });
      const weights = order === 'blocks' ? blocks : b;
      for (const tile of candidates(rows, gpu.facts)) {
        milliseconds[tile] = await time(gpu, signal, (recorder) =>
          matmul(recorder, { a: part(a), b: weights, transposed: order !== 'rows', out: part(out) }, tile),
        );
        onProgress(++done, total);
      }
      const [best] = Object.entries(milliseconds).toSorted(([, x], [, y]) => x - y);
      if (best === undefined) continue;
      gpu.tuning.set(name, best[0]);
      results.push({ name, tile: best[0], milliseconds });
    }
    return results;
  } finally {
    for (const tensor of [a, b, scales, out]) gpu.release(tensor);
  }
}

/** Every class, with rows of a that stand for it. */
function classes() {
  return ROW_CLASSES.flatMap((most) => {
    const rows = most === Infinity ? 256 : Math.ceil(most * 0.75);
    return ORDERS.map((order) => ({ name: shapeClass(rows, order), rows, order }));
  });
}

/** Least wall time of a call, ms. */
async function time(gpu: Gpu, signal: AbortSignal, record: Parameters<Gpu['submit']>[1]): Promise<number> {
  let least = Infinity;
  for (let round = 0; round <= ROUNDS; round++) {
    signal.throwIfAborted();
    const start = performance.now();
    await gpu.submit('tuning', record, { signal });
    await gpu.idle();
    gpu.assertAlive();
    if (round > 0) least = Math.min(least, performance.now() - start);
  }
  return least;
}
