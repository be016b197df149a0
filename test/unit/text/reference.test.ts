/** Ids, token types and offsets against Hugging Face's own library (test/fixtures/make_tokenizers.py). */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Token } from '../../../src/renderer/runs/run.ts';
import { TokenizerCore } from '../../../src/common/text/tokenizer-core.ts';

interface Case {
  readonly text: string;
  readonly pair?: string;
  readonly ids: number[];
  readonly types: number[];
  readonly inserted: number[];
  readonly tokens: string[];
  readonly offsets: [number, number][];
}

const ROOT = join(import.meta.dirname, '../../fixtures/tokenizers');
const FILES = [
  'tokenizer.json',
  'tokenizer_config.json',
  'vocab.txt',
  'vocab.json',
  'merges.txt',
  'config.json',
];
/** Those whose offsets are the reference's to the character, with nothing to explain. */
const EXACT = new Set(['gpt2', 'llama3', 'smollm', 'gemma', 'bert-cased', 'roberta']);

const read = (folder: string, file: string) => readFileSync(join(ROOT, folder, file), 'utf8');

function open(folder: string): TokenizerCore {
  const present = FILES.filter((file) => existsSync(join(ROOT, folder, file)));
  return new TokenizerCore(Object.fromEntries(present.map((file) => [file, read(folder, file)])));
}

describe.each(readdirSync(ROOT))('%s', (folder) => {
  const core = open(folder);
  const { cases } = JSON.parse(read(folder, 'cases.json')) as { cases: Case[] };
  const named = cases.map((found) => [JSON.stringify([found.text, found.pair ?? null]), found] as const);

  test.each(named)('%s', (_name, expected) => {
    const tokens = core.encode(expected.text, expected.pair);
    expect(tokens.map(({ id }) => id)).toEqual(expected.ids);
    expect(tokens.map(({ segment }) => segment ?? 0)).toEqual(expected.types);
    tokens.forEach((token, index) => {
      if (expected.inserted[index] === 1) expect(token).toMatchObject({ span: null, special: true });
      else checkSpan(token, expected, index);
    });
    const own = tokens.filter((_, index) => expected.inserted[index] === 0);
    const seconds = own.filter(({ ofPair }) => ofPair === true);
    // The second text's tokens are behind all of the first's.
    expect(own.slice(own.length - seconds.length)).toEqual(seconds);
    expect(seconds.length > 0).toBe((expected.pair ?? '') !== '');
  });

  function checkSpan(token: Token, { text: first, pair, offsets, tokens }: Case, index: number): void {
    const text = token.ofPair === true ? (pair ?? '') : first;
    const [from, to] = offsets[index] ?? [0, 0];
    const expected = [utf16(text, from), utf16(text, to)] as const;
    if (EXACT.has(folder)) return expect(token.span).toEqual(expected);
    const piece = tokens[index] ?? '';
    // A mark that the tokenizer put in stands for the white space there, or for nothing; the reference gives it the
    // character behind it.
    const mark = folder.startsWith('gpt2') ? 'Ġ' : '▁';
    if (piece.replaceAll(mark, '') === '')
      return expect(token.span === null ? '' : text.slice(...token.span)).toMatch(
        /^(?:[\s▁]|\u200b|\u200d|\ufeff)*$/,
      );
    expect(token.span).not.toBeNull();
    // The reference gives each byte of an unknown stretch all of it, we the character that it is of.
    if (folder === 'unigram-bytes' && /^<0x..>$/.test(piece))
      return expectWithin(token.span ?? [0, 0], expected);
    expect(bare(text, token.span ?? [0, 0])).toEqual(bare(text, expected));
  }
});

/**
 * A stretch without white space at its beginning and with all marks behind it: where a tokenizer drops accents, or makes
 * one space of many, the reference leaves the dropped characters to no token, and we to the one that they belong to.
 */
function bare(text: string, [from, to]: readonly [number, number]): readonly [number, number] {
  const spaces = /^(?:\s|\u200b|\u200d|\ufeff)*/.exec(text.slice(from, to))?.[0].length ?? 0;
  const marks = /^\p{M}*/u.exec(text.slice(to))?.[0].length ?? 0;
  return [from + spaces, to + marks];
}

function expectWithin([from, to]: readonly [number, number], outer: readonly [number, number]): void {
  expect(to).toBeGreaterThan(from);
  expect(from).toBeGreaterThanOrEqual(outer[0]);
  expect(to).toBeLessThanOrEqual(outer[1]);
}

function utf16(text: string, characters: number): number {
  return [...text].slice(0, characters).join('').length;
}
