import { expect, test } from 'vitest';
import { headLines, headsRequest, type HeadsReport } from '../../../src/main/cli/heads.ts';

test('a text, random tokens and their seed', () => {
  expect(headsRequest({ text: 'hi' })).toEqual({ kind: 'heads', text: 'hi' });
  expect(headsRequest({ 'repeat-random': '20' })).toEqual({
    kind: 'heads',
    repeated: { tokens: 20, seed: 0 },
  });
  expect(headsRequest({ 'repeat-random': '20', seed: '7' })).toMatchObject({
    repeated: { tokens: 20, seed: 7 },
  });
  expect(headsRequest({ generate: '4', seed: '7' })).toMatchObject({ generate: { maxTokens: 4, seed: 7 } });
  expect(() => headsRequest({ 'repeat-random': '1' })).toThrow('--repeat-random is "1"');
  expect(() => headsRequest({ seed: '7' })).toThrow('--seed is about --repeat-random N');
});

const REPORT: HeadsReport = {
  model: 'whale',
  text: 'a b',
  tokens: 2,
  heads: [
    { attention: 'self', layer: 0, head: 0, label: 'previous token 0.950', previous: 0.95, induction: null },
    { attention: 'self', layer: 10, head: 1, label: 'looks at 4.00 tokens', previous: 0.1, induction: 0.5 },
  ],
};

test('the table has a line for each head, columns in line, and a dash for what there is not', () => {
  const [title, header, first, second] = [...headLines(REPORT)];
  expect(title).toBe('whale: 2 heads on a text of 2 tokens');
  const columns = (line = '') => line.split(/ {2,}/).slice(0, 4);
  expect(columns(header)).toEqual(['head', 'label', 'previous', 'induction']);
  expect(columns(first)).toEqual(['L0 H0', 'previous token 0.950', '0.950', '–']);
  expect(columns(second)).toEqual(['L10 H1', 'looks at 4.00 tokens', '0.100', '0.500']);
  // Numbers end where their columns do.
  expect(first?.indexOf('0.950 ', 25)).toBe(second?.indexOf('0.100'));
  expect(header).not.toContain('random');
});

test('kinds of attention and scores on random tokens have columns where there are any', () => {
  const heads = [
    {
      ...REPORT.heads[0],
      attention: 'encoder',
      repeat_random: { induction: 0.9, duplicate: 0, previous: 0 },
    },
    { ...REPORT.heads[1], attention: 'cross' },
  ] as HeadsReport['heads'];
  const random = { tokens: 50, seed: 3, samples: 8 };
  const [title, header, first, second] = [...headLines({ ...REPORT, heads, repeat_random: random })];
  expect(title).toContain('8 × 50 random tokens that come twice (seed 3)');
  expect(header).toMatch(/^attention {2}head/);
  expect(header).toMatch(/random_induction {2}random_duplicate {2}random_previous$/);
  expect(first).toMatch(/0\.900/);
  expect(second).toMatch(/–$/);
});
