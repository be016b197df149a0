/** Whatever a config holds: it is taken, or one sentence says which field of which file is wrong. */
import fc from 'fast-check';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findSpec } from '../../../src/common/configs/registry.ts';
import { HeadgateError } from '../../../src/common/error.ts';

type Fields = Record<string, unknown>;

/** One config of every model type of the fixtures. */
const configs = new Map<string, Fields>();
for (const place of ['../../fixtures', '../../../assets/models'])
  for (const entry of readdirSync(join(import.meta.dirname, place), { recursive: true, encoding: 'utf8' })) {
    if (!entry.endsWith('config.json') || /generation|tokenizer|Pooling/.test(entry)) continue;
    const path = join(import.meta.dirname, place, entry);
    const config = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Fields) : {};
    if (typeof config['model_type'] === 'string') configs.set(config['model_type'], config);
  }

const deep = (depth: number): unknown => (depth === 0 ? [] : [deep(depth - 1)]);
const ABSURD: readonly unknown[] = [
  ...[undefined, null, true, false, 0, -1, 1.5, 3, 2 ** 31, 1e300, '', 'x', '__proto__', 'gelu', [], [1], {}],
  ...[{ a: 1 }, [[]], 'long '.repeat(300_000), { kind: 'x' }, deep(100), ['a', 2], { type: 'linear' }],
];

/** Every place of a config: a field, or a field of a field. */
function placesOf(config: Fields): string[][] {
  return Object.entries(config).flatMap(([name, value]) => [
    [name],
    ...(typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.keys(value).map((inner) => [name, inner])
      : []),
  ]);
}

function changed(config: Fields, [name = '', ...rest]: readonly string[], value: unknown): Fields {
  const inner = rest.length === 0 ? value : changed(config[name] as Fields, rest, value);
  return Object.fromEntries(
    Object.entries({ ...config, [name]: inner }).filter(([, entry]) => entry !== undefined),
  );
}

/** What is wrong with the answer to a config; null: nothing. */
function complaint(type: string, config: Fields, place: readonly string[]): string | null {
  const spec = findSpec(type);
  if (spec === null) return null;
  try {
    spec.check(config, []);
    spec.tokenizers?.(config);
    spec.generation?.start?.outputs(config);
    return null;
  } catch (error) {
    if (!(error instanceof HeadgateError)) return `not told: ${String(error).slice(0, 200)}`;
    const { message, hint } = error;
    const names = place.length === 0 || /“[^”]+”/.test(message);
    const isClear =
      /config\.json/.test(message) &&
      names &&
      message.length <= 500 &&
      hint.length <= 500 &&
      message.endsWith('.') &&
      !/undefined|\[object|NaN|must be Object|call stack|[“"]\w+[“] *\.$|“““/.test(message);
    return isClear ? null : `not clear: ${message.slice(0, 300)}`;
  }
}

describe.each([...configs])('%s', (type, config) => {
  test('is taken as it is', () => expect(() => findSpec(type)?.check(config, [])).not.toThrow());

  test('every field missing, of a wrong type or absurd', () => {
    const complaints = placesOf(config).flatMap((place) =>
      ABSURD.flatMap((value) => {
        const problem = complaint(type, changed(config, place, value), place);
        return problem === null
          ? []
          : [`${place.join('.')} = ${JSON.stringify(value)?.slice(0, 60)}: ${problem}`];
      }),
    );
    expect(complaints).toEqual([]);
  });

  test('any config at all', () => {
    const value = fc.anything({ withNullPrototype: false });
    const names = placesOf(config).flatMap(([name = '']) => name);
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names, '__proto__', 'constructor'), value), (fields) => {
        expect(complaint(type, { ...config, ...fields }, [])).toBeNull();
      }),
      { numRuns: 200, seed: 1 },
    );
  });
});
