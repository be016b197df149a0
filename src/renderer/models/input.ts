import { counted } from '../common/numbers.ts';
import { HeadgateError } from '../../common/error.ts';
import { movable } from '../../common/text/excerpt.ts';
import type { RunInput } from '../runs/run-input.ts';

/**
 * The ids of an input, checked against the model's sizes.
 * @param maxTokens null: no limit
 * @throws HeadgateError `empty-input`, `input-too-long` or `token-out-of-range`, with the numbers.
 */
export function checkInput(
  { tokens }: RunInput,
  vocabulary: number,
  maxTokens: number | null,
): Uint32Array<ArrayBuffer> {
  if (tokens.length === 0)
    throw new HeadgateError(
      'empty-input',
      'The text has no tokens, so there is nothing to run.',
      'Type some text.',
    );
  if (maxTokens !== null && tokens.length > maxTokens) throw tooLong(tokens, maxTokens);
  const outside = tokens.find(({ id }) => !Number.isInteger(id) || id < 0 || id >= vocabulary);
  const isAdded = outside !== undefined && (outside.special || tokens.some(({ id }) => id < vocabulary));
  if (outside !== undefined && isAdded)
    throw new HeadgateError(
      'token-out-of-range',
      `The tokenizer gave the id ${outside.id} for “${outside.text}”, which has no row in the model's table of ${vocabulary}: it was added to the tokenizer and not to the model.`,
      'Leave it out of the text; or in Python: model.resize_token_embeddings(len(tokenizer)), then save both.',
    );
  if (outside !== undefined)
    throw new HeadgateError(
      'token-out-of-range',
      `The tokenizer gave the id ${outside.id} for “${outside.text}”; the model's vocabulary has ${vocabulary} entries.`,
      'The tokenizer does not belong to this model: put the right tokenizer.json beside the weights.',
    );
  return Uint32Array.from(tokens, ({ id }) => id);
}

function tooLong(tokens: RunInput['tokens'], most: number): HeadgateError {
  const { around, ofPair } = movable(tokens);
  const excess = counted(tokens.length - most, 'token');
  const byWindows = `window by window (in the shell: --window ${most}@0).`;
  const hint = ofPair
    ? around < most
      ? `Shorten the texts by ${excess}, or look at the second one ${byWindows}`
      : `Shorten the first text by ${counted(around + 1 - most, 'token')} at least: with what is put around it, it leaves no room for the second.`
    : `Shorten the text by ${excess}, or look at it ${byWindows}`;
  return new HeadgateError(
    'input-too-long',
    `The ${ofPair ? 'two texts have' : 'text has'} ${counted(tokens.length, 'token')}; this model takes ${most} at most.`,
    hint,
  );
}
