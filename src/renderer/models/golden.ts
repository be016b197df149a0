/** The golden check: an example that came with the weights, run again and compared with what the framework gave. */
import { HeadgateError } from '../../common/error.ts';
import { readSafetensors } from '../../common/formats/safetensors/file.ts';
import type { Token } from '../runs/run.ts';
import type { LoadedModel } from './family.ts';
import type { WeightSource } from './weights.ts';

export interface GoldenResult {
  /** Largest |a − b| / max|b| over all compared activations. */
  readonly largest: number;
  /** `largest` is below 10⁻³. */
  readonly passed: boolean;
  /** The first activation in the order of the data that departs by more; null: none. */
  readonly departs: string | null;
  /** Names of what was compared. */
  readonly compared: readonly string[];
  /** Names of the file that a run of this model does not have, so that they were not compared. */
  readonly skipped: readonly string[];
}

const FILE = 'golden.safetensors';
/** What the example gives to the model. */
const INPUTS = ['input_ids', 'target_ids'];
const BOUND = 1e-3;
const LARGEST_FILE = 512 * 2 ** 20;

interface Stored {
  readonly shape: readonly number[];
  readonly values: Float32Array | Int32Array;
}

/**
 * Runs the example of golden.safetensors. Null when the model has none.
 * @param vocabulary names the ids of the example
 * @throws HeadgateError `bad-golden` when the file can't be read or names nothing that the run has; the signal's reason.
 */
export async function checkGolden(
  model: LoadedModel,
  source: WeightSource,
  vocabulary: (id: number) => Token,
  signal: AbortSignal,
): Promise<GoldenResult | null> {
  const file = source.model.files.find(({ name }) => name === FILE);
  if (file === undefined) return null;
  if (file.size > LARGEST_FILE) throw badGolden(`is ${file.size} bytes long, more than ${LARGEST_FILE}`);
  const bytes = new Uint8Array(file.size);
  let at = 0;
  for await (const piece of source.read(file.id, 0, file.size, signal)) {
    bytes.set(piece, at);
    at += piece.length;
  }
  const stored = await parse(bytes);
  const ids = stored.get('input_ids');
  if (ids === undefined) throw badGolden('has no “input_ids”');
  const target = stored.get('target_ids');
  const run = await model.run(
    {
      text: '',
      tokens: Array.from(ids.values, vocabulary),
      vocabulary,
      ...(target === undefined ? {} : { decode: { target: Array.from(target.values) } }),
    },
    signal,
  );
  try {
    let largest = 0;
    let departs: string | null = null;
    const compared: string[] = [];
    for (const [name, activation] of run.activations) {
      const expected = stored.get(name);
      if (expected === undefined) continue;
      const difference = compare(name, await activation.read(signal), activation.shape, expected);
      compared.push(name);
      if (!(difference < BOUND)) departs ??= name;
      largest = difference <= largest ? largest : difference;
    }
    if (compared.length === 0) throw badGolden('names no activation that a run of this model has');
    const known = [...INPUTS, ...compared];
    const skipped = [...stored.keys()].filter((name) => !known.includes(name));
    return { largest, passed: departs === null, departs, compared, skipped };
  } finally {
    run.dispose();
  }
}

/** |a − b| / max|b|; Infinity for a NaN. A run may have more rows than the example, such as an end token. */
function compare(name: string, actual: Float32Array, shape: readonly number[], expected: Stored): number {
  const [rows = 0, ...rest] = expected.shape;
  const [ownRows = 0, ...ownRest] = shape;
  if (rest.join() !== ownRest.join() || rows > ownRows)
    throw badGolden(`has “${name}” as [${expected.shape.join(', ')}]; the run has [${shape.join(', ')}]`);
  let gap = 0;
  let scale = 0;
  for (const [i, wanted] of expected.values.entries()) {
    const difference = Math.abs((actual[i] ?? NaN) - wanted);
    if (Number.isNaN(difference)) return Infinity;
    gap = Math.max(gap, difference);
    scale = Math.max(scale, Math.abs(wanted));
  }
  return gap / Math.max(scale, 1e-30);
}

/** Tensors of the example, F32 and I32 only. */
async function parse(bytes: Uint8Array): Promise<Map<string, Stored>> {
  const file = {
    ...{ name: FILE, size: bytes.length },
    read: (begin: number, end: number) => Promise.resolve(bytes.subarray(begin, end)),
  };
  const { tensors } = await readSafetensors(file).catch((error: unknown) => {
    if (error instanceof HeadgateError)
      throw new HeadgateError('bad-golden', error.message, HINT, { cause: error });
    throw error;
  });
  return new Map(
    tensors.map(({ name, dtype, shape, begin, end }) => {
      if (dtype !== 'F32' && dtype !== 'I32')
        throw badGolden(`has “${name}” as ${dtype}; golden tensors are F32 or I32`);
      const data = bytes.slice(begin, end).buffer;
      return [name, { shape, values: dtype === 'F32' ? new Float32Array(data) : new Int32Array(data) }];
    }),
  );
}

const HINT = 'Write it again with headgate-export, or take it out of the folder.';

function badGolden(problem: string): HeadgateError {
  return new HeadgateError('bad-golden', `${FILE} ${problem}.`, HINT);
}
