import { expect, test } from 'vitest';
import { laneOf, stepsAt } from '../../../src/renderer/analysis/race.ts';
import { facetsOf } from '../../../src/renderer/runs/facet.ts';
import { PaceRecord } from '../../../src/renderer/runs/facets/pace.ts';
import type { Run } from '../../../src/renderer/runs/run.ts';

function runOf(texts: readonly string[], times: readonly number[] | null): Run {
  const tokens = texts.map((text, id) => ({ id, text, span: null, special: text.startsWith('<') }));
  const facet = facetsOf({ pace: times === null ? null : { times } });
  return { tokens, facet, model: { id: 'm', name: 'Racer', family: 'f', modelType: 't' } } as unknown as Run;
}

test('a word is there when its last token is, and what was given is no output', () => {
  const lane = laneOf(runOf(['<s>', 'un', ' cab', 'allo', '</s>'], [0, 5, 8, 12, 15]), ['un', 'rey']);
  expect(lane.output).toBe('un caballo');
  expect(lane.words.map(({ at, differs }) => [at, differs])).toEqual([
    [5, false],
    [12, true],
  ]);
  expect(lane.times).toEqual([5, 8, 12, 15]);
  expect(lane.milliseconds).toBe(15);
  expect([4, 5, 11, 99].map((time) => stepsAt(lane, time))).toEqual([0, 1, 2, 4]);
  expect(laneOf(runOf(['My', ' fellow', ' Americans'], [0, 0, 7]), null).output).toBe('Americans');
});

test('an output is what was written, line ends included', () => {
  const { output, words } = laneOf(
    runOf(['a', '\n', 'b', '\n', '\n', '<unk>', 'c', ' '], [0, 1, 2, 3, 4, 5, 6, 7]),
    null,
  );
  expect(output).toBe('b\n\nc');
  expect(words.map(({ text }) => text)).toEqual(['b', 'c']);
});

test('words of a list of words are words of their own', () => {
  const run = runOf(['K', 'AE', 'T', '</s>'], [3, 5, 8, 9]);
  const listed = { ...run, tokens: run.tokens.map((token) => ({ ...token, word: !token.special })) } as Run;
  expect(laneOf(listed, ['K', 'AH', 'T']).output).toBe('K AE T');
  expect(laneOf(listed, ['K', 'AH', 'T']).words.map(({ differs }) => differs)).toEqual([false, true, false]);
});

test('a text that nobody timed has no lane', () => {
  expect(() => laneOf(runOf(['a'], null), null)).toThrow(/wrote nothing here, step by step/);
});

test('a record counts what was given as there from the start', () => {
  const record = new PaceRecord();
  record.step();
  record.step();
  const { times } = record.of(3, 1);
  expect(times[0]).toBe(0);
  expect(times[1]).toBeGreaterThan(0);
  expect(times[2]).toBeGreaterThanOrEqual(times[1] ?? NaN);
});
