/** The real worker, in a real browser. */
import { expect, test } from 'vitest';
import { createTokenizer } from '../../src/renderer/text/tokenizer.ts';
import { byteLevel } from '../unit/text/fixtures.ts';

test('encodes in a worker', async () => {
  const tokenizer = await createTokenizer({ 'tokenizer.json': byteLevel([['h', 'e']]) });
  expect(await tokenizer.encode('he🙂')).toEqual([
    { id: 257, text: 'he', span: [0, 2], special: false },
    ...['F0', '9F', '99', '82'].map((byte, i) => ({
      id: 1 + Number.parseInt(byte, 16),
      text: `⟨🙂, ${i + 1} of 4⟩`,
      raw: `⟨${byte}⟩`,
      span: [2, 4],
      special: false,
    })),
  ]);
  tokenizer.dispose();
});

test('a broken file is one clear error', async () => {
  await expect(createTokenizer({ 'tokenizer.json': '{' })).rejects.toMatchObject({
    code: 'bad-tokenizer',
    message: expect.stringMatching(/^tokenizer\.json: it is not valid JSON/),
  });
});

test('a rule that never ends is stopped while the window lives on', async () => {
  const hostile = {
    ...JSON.parse(byteLevel()),
    pre_tokenizer: { type: 'Split', pattern: { Regex: '(a+)+$' }, behavior: 'Isolated', invert: false },
  };
  const tokenizer = await createTokenizer({ 'tokenizer.json': JSON.stringify(hostile) }, undefined, {
    encodeLimit: 500,
  });
  let ticks = 0;
  const timer = setInterval(() => ticks++, 10);
  await expect(tokenizer.encode(`${'a'.repeat(60)}!`)).rejects.toMatchObject({ code: 'tokenizer-timeout' });
  clearInterval(timer);
  expect(ticks).toBeGreaterThan(3);
  expect(await tokenizer.encode('b')).toHaveLength(1);
  tokenizer.dispose();
});
