import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JsonError, parseStrictJson, type JsonValue } from '../../../src/common/strict-json.ts';

/** Plain values again, to compare with JSON.parse. */
function plain(value: JsonValue): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(plain);
  if (!(value instanceof Map)) return value;
  return Object.fromEntries([...value].map(([key, entry]) => [key, plain(entry)]));
}

const ruleOf = (text: string) => {
  try {
    parseStrictJson(text);
  } catch (error) {
    if (error instanceof JsonError) return error.rule;
    throw error;
  }
  return null;
};

describe('strict JSON', () => {
  test('reads what JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        // −0 is an integer literal, and integers have no sign of zero.
        const expected = JSON.parse(text, (_, value: unknown) => (value === 0 ? 0 : value)) as unknown;
        expect(plain(parseStrictJson(text))).toEqual(expected);
      }),
    );
  });

  test('accepts nothing that JSON.parse refuses', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"',
      '1',
      '-',
      '.',
      'e',
      '0',
      'true',
      ' ',
      '\\',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        const text = parts.join('');
        if (ruleOf(text) === null) JSON.parse(text);
      }),
      { numRuns: 5000 },
    );
  });

  test('refuses a key that occurs twice, also when it is spelt differently', () => {
    expect(ruleOf('{"a": 1, "b": 2, "a": 3}')).toBe('duplicate-key');
    expect(ruleOf('{"a": 1, "\\u0061": 3}')).toBe('duplicate-key');
    expect(ruleOf('{"x": {"a": 1}, "y": {"a": 1}}')).toBe(null);
  });

  test('keeps integers exact and tells them from other numbers', () => {
    expect(parseStrictJson('9007199254740993')).toBe(9007199254740993n);
    expect(parseStrictJson('-18446744073709551616')).toBe(-18446744073709551616n);
    expect(parseStrictJson('1.0')).toBe(1);
    expect(parseStrictJson('1e2')).toBe(100);
  });

  test('has a limit for depth and for the length of a number', () => {
    expect(ruleOf('['.repeat(33) + ']'.repeat(33))).toBe(null);
    expect(ruleOf('['.repeat(34) + ']'.repeat(34))).toBe('depth');
    expect(ruleOf('['.repeat(1_000_000))).toBe('depth');
    expect(ruleOf('1'.repeat(64))).toBe(null);
    expect(ruleOf('1'.repeat(1_000_000))).toBe('number');
  });

  test.each([
    '',
    ' ',
    '{',
    '{"a"}',
    '{"a":}',
    '{"a":1,}',
    '[1,]',
    '[1',
    '01',
    '+1',
    '1.',
    '.5',
    'nul',
    '"',
    '"\u0001"',
  ])('refuses %j', (text) => expect(ruleOf(text)).toBe('syntax'));
  test.each(['"\\x41"', '"\\ud800"', '{} {}', 'NaN', "'a'"])('refuses %j too', (text) =>
    expect(ruleOf(text)).toBe('syntax'),
  );

  test('makes no objects whose keys could mean something', () => {
    const value = parseStrictJson('{"__proto__": {"polluted": true}}') as Map<string, JsonValue>;
    expect([...value.keys()]).toEqual(['__proto__']);
    expect('polluted' in {}).toBe(false);
  });
});
