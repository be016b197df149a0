import { HeadgateError } from '../error.ts';

/** Lines of a vocabulary; the largest of today have a million. */
const MOST_LINES = 2 ** 22;

/**
 * The lines of a file, which may end with a line end.
 * @param ends what ends a line
 * @throws HeadgateError `bad-tokenizer` for too many, before they are made
 */
export function linesOf(file: string, text: string, ends = /\r?\n/): string[] {
  let count = 0;
  for (let at = 0; at < text.length; at++) if (text[at] === '\n' || text[at] === '\r') count++;
  if (count > MOST_LINES)
    throw new HeadgateError(
      'bad-tokenizer',
      `${file}: it has ${count.toLocaleString('en-US')} lines; the limit is ${MOST_LINES.toLocaleString('en-US')}.`,
      'Get the file anew, or save the tokenizer again.',
    );
  const lines = text.split(ends);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}
