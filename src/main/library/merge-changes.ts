/** Changes of one process, put into a value that another one may have changed since. */
import { isDeepStrictEqual } from 'node:util';

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The value `theirs` with what changed between `before` and `mine`, key by key through nested objects. Where both changed
 * the same, mine counts. Undefined stands for what is not there.
 */
export function mergeChanges(before: unknown, mine: unknown, theirs: unknown): unknown {
  if (isDeepStrictEqual(before, mine)) return theirs;
  if (!isObject(mine) || !isObject(theirs)) return mine;
  const old = isObject(before) ? before : {};
  const others = Object.keys(theirs).filter((key) => !Object.hasOwn(mine, key) && !Object.hasOwn(old, key));
  const entries = [
    // What this process never knew stays.
    ...others.map((key) => [key, theirs[key]] as const),
    ...Object.keys(mine).map(
      (key) => [key, mergeChanges(own(old, key), mine[key], own(theirs, key))] as const,
    ),
  ];
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

function own(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
