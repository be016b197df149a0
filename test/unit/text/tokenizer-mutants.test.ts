/** Files with one thing changed, against the verdicts of Hugging Face's `tokenizers` (make_tokenizer_mutants.py). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { HeadgateError } from '../../../src/common/error.ts';
import { TokenizerCore } from '../../../src/common/text/tokenizer-core.ts';

type Path = readonly (string | number)[];
interface Mutants {
  readonly bases: Readonly<Record<string, unknown>>;
  readonly encodings: readonly (readonly [
    { readonly model?: { readonly type?: string } },
    readonly (readonly [text: string, ids: readonly number[]])[],
  ])[];
  readonly pairs: readonly (readonly [
    object,
    readonly (readonly [
      texts: readonly [string, string?],
      ids: readonly number[],
      types: readonly number[],
    ])[],
  ])[];
  readonly forms: readonly (readonly [file: string, isAccepted: boolean])[];
  readonly values: readonly unknown[];
  readonly types: readonly string[];
  readonly rows: readonly (readonly [
    base: string,
    path: Path,
    withoutIt: boolean,
    accepted: readonly number[],
  ])[];
}

const fixtures = join(import.meta.dirname, '../../fixtures');
const file = process.env['TOKENIZER_MUTANTS'] ?? join(fixtures, 'tokenizer_mutants.json');
const { bases, encodings, pairs, forms, values, types, rows } = JSON.parse(
  readFileSync(file, 'utf8'),
) as Mutants;

function baseOf(name: string): unknown {
  return bases[name] ?? JSON.parse(readFileSync(join(fixtures, name, 'tokenizer.json'), 'utf8'));
}

/** A copy with another value at a path; without the entry for undefined. */
function changed(value: unknown, [key, ...rest]: Path, to: unknown): unknown {
  if (key === undefined) return to;
  if (Array.isArray(value)) {
    const inner = changed(value[Number(key)], rest, to);
    return inner === undefined ? value.toSpliced(Number(key), 1) : value.with(Number(key), inner);
  }
  const { [key]: old, ...others } = value as Record<string, unknown>;
  const inner = changed(old, rest, to);
  return inner === undefined ? others : { ...(value as object), [key]: inner };
}

/** The error at opening, or null. */
function problemOf(tokenizer: unknown): unknown {
  try {
    const file = typeof tokenizer === 'string' ? tokenizer : JSON.stringify(tokenizer);
    new TokenizerCore({ 'tokenizer.json': file });
    return null;
  } catch (error) {
    return error;
  }
}

const mutants = rows.flatMap(([base, path, withoutIt, accepted]) => {
  const choices = path.at(-1) === 'type' ? types : values;
  return [
    { base, path, value: undefined as unknown, isAccepted: withoutIt },
    ...choices.map((value, index) => ({ base, path, value, isAccepted: accepted.includes(index) })),
  ];
});

test('what the Rust library refuses is refused, in one sentence that names the file', () => {
  const wrong: string[] = [];
  for (const { base, path, value, isAccepted } of mutants) {
    if (isAccepted) continue;
    const problem = problemOf(changed(baseOf(base), path, value));
    const isClear =
      problem instanceof HeadgateError &&
      problem.code === 'bad-tokenizer' &&
      problem.message.startsWith('tokenizer.json: ') &&
      problem.message.length <= 500 &&
      !/undefined|\[object|call stack/.test(problem.message);
    if (!isClear) wrong.push(`${base} ${path.join('.')} = ${JSON.stringify(value)}: ${String(problem)}`);
  }
  expect(wrong).toEqual([]);
});

/** What the library takes and Headgate does not: oddities of its reader, and steps that Headgate does not have. */
const STRICTER: readonly RegExp[] = [
  // Lists of one are taken for objects without fields.
  /^(normalizer|decoder)(\.\w+\.\d)? = \["a"\]/,
  /^model\.vocab = \{\}/,
  // Templates that it could not use: without the text, or with a token that it does not know.
  /^post_processor\.single(\.1)? =/,
  /SpecialToken\.id =/,
  // Ids and lengths that no model has.
  /^pre_tokenizer\.length = 0/,
];

test('what the Rust library takes is taken, but for oddities', () => {
  const wrong: string[] = [];
  for (const { base, path, value, isAccepted } of mutants) {
    const place = `${path.join('.')} = ${JSON.stringify(value)}`;
    if (
      !isAccepted ||
      `${base} ${place}`.includes('UnicodeScripts') ||
      STRICTER.some((odd) => odd.test(place))
    )
      continue;
    const problem = problemOf(changed(baseOf(base), path, value));
    if (problem !== null) wrong.push(`${base} ${place}: ${String(problem)}`);
  }
  expect(wrong).toEqual([]);
});

test.each(forms)('%j: the Rust library takes it: %s', (file, isAccepted) => {
  const problem = problemOf(file);
  if (isAccepted) expect(problem).toBeNull();
  else
    expect(problem).toMatchObject({
      code: 'bad-tokenizer',
      message: expect.stringMatching(/^tokenizer\.json: /) as string,
    });
});

test.each(encodings)('ids of %j are those of the Rust library', (fields, texts) => {
  const core = new TokenizerCore({ 'tokenizer.json': JSON.stringify(fields) });
  for (const [text, ids] of texts)
    expect({ text, ids: core.encode(text).map(({ id }) => id) }).toEqual({ text, ids });
});

const words = {
  model: encodings.find(([{ model }]) => model?.type === 'WordLevel')?.[0].model,
  pre_tokenizer: { type: 'WhitespaceSplit' },
};

test.each(pairs)('what %j puts around a text and around two', (fields, rows) => {
  const file = JSON.stringify({ ...words, ...fields });
  if (rows.length === 0) expect(problemOf(file)).toMatchObject({ code: 'bad-tokenizer' });
  for (const [texts, ids, types] of rows) {
    const tokens = new TokenizerCore({ 'tokenizer.json': file }).encode(...texts);
    const told = { ids: tokens.map(({ id }) => id), types: tokens.map(({ segment }) => segment ?? 0) };
    expect({ texts, ...told }).toEqual({ texts, ids, types });
  }
});
