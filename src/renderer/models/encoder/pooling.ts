/** How the states of a text become one vector: what a folder of sentence-transformers says, else the mean at length 1. */
import { HeadgateError } from '../../../common/error.ts';
import { reshape, rowsOf, type GpuTensor } from '../../gpu/tensor.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import { rmsNorm } from '../../kernels/rows/norm.ts';
import { reduceTime } from '../../kernels/recurrent/reduce-time.ts';
import { readSourceText } from '../source-files.ts';
import type { WeightSource } from '../weights.ts';

export interface Pooling {
  /** The first token's state, or the mean or the largest of every unit over all tokens. */
  readonly how: 'first' | 'mean' | 'max';
  /** Divided by its length. */
  readonly normalized: boolean;
}

const DEFAULT: Pooling = { how: 'mean', normalized: true };

/** sentence-transformers' names of what Headgate does too: flags, or one word. */
const WAYS: ReadonlyMap<string, Pooling['how']> = new Map([
  ['pooling_mode_cls_token', 'first'],
  ['pooling_mode_mean_tokens', 'mean'],
  ['pooling_mode_max_tokens', 'max'],
  ['cls', 'first'],
  ['mean', 'mean'],
  ['max', 'max'],
]);

/**
 * The pooling of a folder. Null when its modules do something else, such as a projection: there is then no embedding
 * that would be the folder's own.
 * @throws HeadgateError `bad-config` naming the file; the signal's reason.
 */
export async function readPooling(source: WeightSource, signal: AbortSignal): Promise<Pooling | null> {
  const modules = await readJson(source, 'modules.json', signal);
  if (modules === null) return DEFAULT;
  if (!Array.isArray(modules)) throw badFile('modules.json', 'is not a list of modules');
  const kinds = modules.map((module: unknown) => {
    const type = (module as { readonly type?: unknown } | null)?.type;
    return typeof type === 'string' ? (type.split('.').at(-1) ?? '') : '';
  });
  const pooling = await readJson(source, '1_Pooling/config.json', signal);
  return kinds.every((kind) => ['Transformer', 'Pooling', 'Normalize'].includes(kind))
    ? wayOf(pooling, kinds.includes('Normalize'))
    : null;
}

function wayOf(config: unknown, normalized: boolean): Pooling | null {
  if (typeof config !== 'object' || config === null) return { how: 'mean', normalized };
  const { pooling_mode: named = null, ...flags } = config as Readonly<Record<string, unknown>>;
  const modes = Object.keys(flags).filter((name) => name.startsWith('pooling_mode_') && flags[name] === true);
  const [mode, ...others] = typeof named === 'string' ? [named] : modes;
  const how = WAYS.get(mode ?? '');
  // Several ones side by side make a longer vector.
  return how === undefined || others.length > 0 ? null : { how, normalized };
}

async function readJson(source: WeightSource, name: string, signal: AbortSignal): Promise<unknown> {
  const file = source.model.files.find((candidate) => candidate.name === name);
  if (file === undefined) return null;
  const text = await readSourceText(source, file, signal);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw badFile(name, 'is not valid JSON', cause);
  }
}

function badFile(name: string, problem: string, cause?: unknown): HeadgateError {
  return new HeadgateError('bad-config', `${name} ${problem}.`, 'Save or download the file again.', {
    cause,
  });
}

/** Weights [D] with which an RMS norm divides by the length: x / √(mean of squares) · 1/√D. */
export function unitWeights(width: number): Float32Array<ArrayBuffer> {
  return new Float32Array(width).fill(1 / Math.sqrt(width));
}

/** target [D] from states [T, D]. @param unit as `unitWeights` has them */
export function recordPooling(
  recorder: Recorder,
  { how, normalized }: Pooling,
  states: GpuTensor,
  unit: GpuTensor,
  target: GpuTensor,
): void {
  const pooled = normalized ? recorder.temp(target.shape, 'pooled states') : target;
  if (how === 'first') recorder.copy(reshape(rowsOf(states, 0, 1), target.shape), pooled);
  else reduceTime(recorder, states, pooled, how);
  if (!normalized) return;
  // As in PyTorch: what is shorter than 10⁻¹² stays as short.
  rmsNorm(recorder, { x: pooled, weight: unit, out: target, epsilon: 1e-24 / (target.shape[0] ?? 1) });
  recorder.free(pooled);
}
