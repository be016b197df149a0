import { expect, test } from 'vitest';
import { HeadgateError } from '../../../src/common/error.ts';
import { checkInput } from '../../../src/renderer/models/input.ts';
import type { RunInput } from '../../../src/renderer/runs/run-input.ts';
import { toldFor } from '../../../src/renderer/state/session/too-long.ts';

const inputOf = (count: number, pairs = 0): RunInput => ({
  text: '',
  vocabulary: (id) => ({ id, text: '', span: null, special: false }),
  tokens: Array.from({ length: count + pairs }, (_, id) => ({
    ...{ id, text: 'a', span: null, special: false },
    ...(id >= count && { ofPair: true, span: [0, 1] as const }),
  })),
});

function told(input: RunInput): unknown {
  try {
    return checkInput(input, 9, 4);
  } catch (error) {
    return error;
  }
}

test('a text that is too long can be looked at by windows, and so can a pair’s second one; a chat can’t', () => {
  expect(told(inputOf(4))).toEqual(Uint32Array.from([0, 1, 2, 3]));
  const long = told(inputOf(6));
  expect(long).toMatchObject({
    message: 'The text has 6 tokens; this model takes 4 at most.',
    hint: 'Shorten the text by 2 tokens, or look at it window by window (in the shell: --window 4@0).',
  });
  expect(told(inputOf(3, 3))).toMatchObject({
    message: 'The two texts have 6 tokens; this model takes 4 at most.',
    hint: 'Shorten the texts by 2 tokens, or look at the second one window by window (in the shell: --window 4@0).',
  });
  expect(told(inputOf(5, 1))).toMatchObject({
    hint: 'Shorten the first text by 2 tokens at least: with what is put around it, it leaves no room for the second.',
  });
  const wish = (isChat: boolean) => ({ wish: { isChat } }) as Parameters<typeof toldFor>[0];
  expect(toldFor(wish(false), long)).toBe(long);
  expect(toldFor(wish(true), long)).toMatchObject({
    hint: expect.stringContaining('turn “Chat” off') as unknown,
  });
  const other = new HeadgateError('x', 'Other.', 'Do.');
  expect(toldFor(wish(true), other)).toBe(other);
});
