/** Changes of the settings, so that several windows and hosts do not take back what another has done. */
import type { SettingsChange } from './contract.ts';
import { isObject, type Json } from './json.ts';

/** Objects whose entries count each for itself, as a tree of their names. */
interface Records {
  readonly [key: string]: Records;
}

/** Settings that are many of one kind; any other is one value, such as the layout. */
const RECORDS: Records = { window: { texts: {} }, tuning: {} };

/** What differs between two states of the settings, without what is equal; null: nothing. */
export function settingsChange(before: Json, after: Json): SettingsChange | null {
  return difference(before, after, RECORDS);
}

/**
 * The settings `theirs` with what changed between `before` and `after`. Where both changed the same, `after` counts. What
 * none of the two has stays.
 */
export function withChange({ before, after }: SettingsChange, theirs: Json): Json {
  return merged(before, after, theirs, RECORDS);
}

function difference(before: Json, after: Json, records: Records): SettingsChange | null {
  const change: Record<'before' | 'after', Record<string, unknown>> = { before: {}, after: {} };
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [was, is] = [own(before, key), own(after, key)];
    if (isSame(was, is)) continue;
    const inside = own(records, key);
    const inner =
      inside !== undefined && isObject(was) && isObject(is)
        ? difference(was, is, inside as Records)
        : { before: was, after: is };
    if (inner?.before !== undefined) change.before[key] = inner.before;
    if (inner?.after !== undefined) change.after[key] = inner.after;
  }
  const isNothing = [change.before, change.after].every((part) => Object.keys(part).length === 0);
  return isNothing ? null : change;
}

function merged(before: Json, after: Json, theirs: Json, records: Records): Json {
  const stays = ([key]: [string, unknown]) => !Object.hasOwn(after, key) && !Object.hasOwn(before, key);
  const changed = (key: string) => {
    const [was, is, other] = [own(before, key), own(after, key), own(theirs, key)];
    const inside = own(records, key);
    if (inside !== undefined && isObject(is) && isObject(other))
      return merged(isObject(was) ? was : {}, is, other, inside as Records);
    return isSame(was, is) ? other : is;
  };
  const entries = [
    ...Object.entries(theirs).filter(stays),
    ...Object.keys(after).map((key) => [key, changed(key)] as const),
  ];
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

function own(object: Json, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
