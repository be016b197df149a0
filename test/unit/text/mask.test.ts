import { expect, test } from 'vitest';
import { TokenizerCore } from '../../../src/common/text/tokenizer-core.ts';
import { specialToken } from './fixtures.ts';

/** A tokenizer with these special tokens behind one word. */
function core(names: readonly string[], config: unknown = {}): TokenizerCore {
  const added = names.map((content, i) => specialToken(i + 1, content));
  const vocab = { a: 0, ...Object.fromEntries(added.map(({ content, id }) => [content, id])) };
  return new TokenizerCore({
    'tokenizer.json': JSON.stringify({
      added_tokens: added,
      pre_tokenizer: { type: 'WhitespaceSplit' },
      model: { type: 'WordLevel', vocab, unk_token: '[UNK]' },
    }),
    'tokenizer_config.json': JSON.stringify(config),
  });
}

test.each([
  [['[UNK]', '[GAP]'], { mask_token: '[GAP]' }, 2],
  [['[UNK]', '[GAP]'], { mask_token: { content: '[GAP]' } }, 2],
  [['[UNK]', '<mask>'], {}, 2],
  [['[MASK]', '[UNK]'], { mask_token: null }, 1],
  [['[UNK]', '[GAP]'], {}, null],
  // Named but not there.
  [['[UNK]'], { mask_token: '[MASK]' }, null],
])('of %o with %o the mask is %o', (names, config, mask) => {
  const made = core(names, config);
  expect(made.mask).toBe(mask);
  if (mask === null) return;
  const tokens = made.encode(`a ${made.texts[mask]} a`);
  expect(tokens.map((token) => token.mask ?? false)).toEqual([false, true, false]);
});
