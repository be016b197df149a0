/** How the states of a text become one vector: what a folder of sentence-transformers says, else the mean at length 1. */
import type { ModelDetail } from '../contract.ts';
import { readJsonFile, type ReadFile } from '../model-files.ts';
import { readDense, type Dense } from './dense.ts';
import { asObject, moduleFile, MODULES, parseModules, type Module } from './sentence-transformers.ts';

export interface Pooling {
  /** The first token's state, or the mean or the largest of every unit over all tokens. */
  readonly how: 'first' | 'mean' | 'max';
  /** What is done to the vector then: it is divided by its length, or goes through a layer. */
  readonly steps: readonly ('normalize' | Dense)[];
  /** Width of the result. */
  readonly width: number;
}

export interface FoundPooling {
  /** Null: Headgate does not run what the folder says, so that there is no embedding that would be its own. */
  readonly pooling: Pooling | null;
  /** What is to be said of it, in sentences. */
  readonly remarks: readonly string[];
  /** What no file says and was taken for granted, in sentences; left out: nothing. */
  readonly assumed?: readonly string[];
}

/** sentence-transformers' names of what Headgate does too: flags, or one word. */
const WAYS: ReadonlyMap<string, Pooling['how']> = new Map([
  ['pooling_mode_cls_token', 'first'],
  ['pooling_mode_mean_tokens', 'mean'],
  ['pooling_mode_max_tokens', 'max'],
  ['cls', 'first'],
  ['mean', 'mean'],
  ['max', 'max'],
]);

const ASSUMED =
  'sentence_embedding is the mean of the last hidden states at length 1, since no modules.json says how the model pools.';

/** Steps that change nothing once a model is trained, or that are the model itself. */
const PASSING = ['Transformer', 'Dropout'];

/**
 * The pooling of a folder.
 * @param width of the model's states
 * @throws HeadgateError `bad-config` naming the file; as `read`
 */
export async function readPooling(model: ModelDetail, width: number, read: ReadFile): Promise<FoundPooling> {
  const list = await readJsonFile(model, MODULES, read);
  if (list === undefined)
    return { pooling: { how: 'mean', steps: ['normalize'], width }, remarks: [], assumed: [ASSUMED] };
  const modules = parseModules(list);
  const [first, ...others] = modules.filter(({ kind }) => !PASSING.includes(kind));
  if (first?.kind !== 'Pooling') return notRun('it has no pooling that comes first');
  const found = await readWay(model, first, width, read);
  if (typeof found === 'string') return notRun(found);
  const steps: ('normalize' | Dense)[] = [];
  let size = width;
  for (const module of others) {
    if (module.kind === 'Normalize') steps.push('normalize');
    else if (module.kind === 'Dense') {
      const dense = await readDense(model, module, size, read);
      if (typeof dense === 'string') return notRun(dense);
      steps.push(dense);
      size = dense.outputs;
    } else return notRun(`its step ${module.kind.slice(0, 80)} is one that Headgate does not run`);
  }
  return { pooling: { how: found.how, steps, width: size }, remarks: found.remarks };
}

function notRun(why: string): FoundPooling {
  return { pooling: null, remarks: [`There is no sentence_embedding: modules.json is there, but ${why}.`] };
}

/** The way of a Pooling module, or why there is none. */
async function readWay(
  model: ModelDetail,
  module: Module,
  width: number,
  read: ReadFile,
): Promise<{ readonly how: Pooling['how']; readonly remarks: readonly string[] } | string> {
  const name = moduleFile(module, 'config.json');
  const config = asObject(name, await readJsonFile(model, name, read));
  if (config === null) return `the pooling's ${name} is missing`;
  const { pooling_mode: named = null, word_embedding_dimension: given = width, ...flags } = config;
  const modes = Object.keys(flags).filter((flag) => flag.startsWith('pooling_mode_') && flags[flag] === true);
  const [mode, ...others] = typeof named === 'string' ? [named] : modes;
  const how = WAYS.get(mode ?? '');
  if (others.length > 0)
    return `${name} joins several poolings (${[mode, ...others].join(', ').slice(0, 200)})`;
  if (how === undefined)
    return mode === undefined
      ? `${name} names no pooling`
      : `${name} names a pooling that Headgate does not have (${mode.slice(0, 80)})`;
  const isWrong = given !== width;
  return {
    how,
    remarks: isWrong
      ? [
          `${name} says that word_embedding_dimension is ${JSON.stringify(given).slice(0, 80)}; the model's states have ${width} units, which are pooled.`,
        ]
      : [],
  };
}
