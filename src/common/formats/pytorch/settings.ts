import { escaped, UNPRINTABLE } from '../../sentence.ts';
import { entriesOf } from './collect.ts';
import { Global, Refused, Tensor, Tuple } from './values.ts';

const MOST_LENGTH = 600;
const MOST_DEPTH = 4;

/** What a training script kept beside its weights, as JSON has it. */
export function plainSettings(settings: ReadonlyMap<string, unknown>): Record<string, unknown> {
  return Object.fromEntries([...settings].map(([name, value]) => [name, plain(value, 0)]));
}

/** What a training script kept beside its weights, a sentence each: `model_args: {"dim": 16, "n_layers": 2}`. */
export function settingsNotes(settings: ReadonlyMap<string, unknown>): string[] {
  return [...settings].map(([name, value]) => {
    const text = (JSON.stringify(plain(value, 0)) ?? 'null').replace(UNPRINTABLE, escaped);
    const short = text.length <= MOST_LENGTH ? text : `${text.slice(0, MOST_LENGTH)}…`;
    return `The checkpoint's ${name}: ${short}.`;
  });
}

/** Values as JSON has them, the first of long ones. */
function plain(value: unknown, depth: number): unknown {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Tensor) return `tensor [${value.shape.join(', ')}]`;
  if (value instanceof Global) return value.path;
  if (depth >= MOST_DEPTH) return '…';
  if (Array.isArray(value) || value instanceof Tuple || value instanceof Set) {
    const items = value instanceof Tuple ? value.items : [...(value as Iterable<unknown>)];
    return items.slice(0, 20).map((item) => plain(item, depth + 1));
  }
  const entries = value instanceof Refused && value.state === null ? null : entriesOf(value);
  if (entries === null) return value instanceof Refused ? value.type.path : '…';
  return Object.fromEntries(
    [...entries].slice(0, 60).map(([key, entry]) => [String(key), plain(entry, depth + 1)]),
  );
}
