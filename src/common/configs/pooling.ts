/** How the states of a text become one vector: what a folder of sentence-transformers says, else the mean at length 1. */
import type { ModelDetail } from '../contract.ts';
import { HeadgateError } from '../error.ts';
import { readJsonFile, type ReadFile } from '../model-files.ts';

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
 * @throws HeadgateError `bad-config` naming the file; as `read`
 */
export async function readPooling(model: ModelDetail, read: ReadFile): Promise<Pooling | null> {
  const modules = await readJsonFile(model, 'modules.json', read);
  if (modules === undefined) return DEFAULT;
  if (!Array.isArray(modules)) throw badFile('modules.json', 'is not a list of modules');
  const kinds = modules.map((module: unknown) => {
    const type = (module as { readonly type?: unknown } | null)?.type;
    return typeof type === 'string' ? (type.split('.').at(-1) ?? '') : '';
  });
  const pooling = await readJsonFile(model, '1_Pooling/config.json', read);
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

function badFile(name: string, problem: string): HeadgateError {
  return new HeadgateError('bad-config', `${name} ${problem}.`, 'Save or download the file again.');
}
