/** What every sentence for users keeps to, whatever a file put into it. */

/** UTF-16 units of the longest message or hint. */
export const LONGEST_SENTENCE = 500;
/** What of a longer one stays at its end, where file names and numbers often stand. */
const TAIL = 100;

/** Line ends, control characters, and marks that turn the direction of the text around them. */
export const UNPRINTABLE =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]/gu;

/** The character as JSON writes it: `\u000a`. */
export const escaped = (character: string): string =>
  `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** One line of at most 500 characters: white space becomes single spaces, a longer text loses its middle. */
export function sentence(text: string): string {
  // What is cut away anyway is not looked at: texts can be as long as files.
  const near = text.length > 8 * LONGEST_SENTENCE ? middleCut(text, 4 * LONGEST_SENTENCE) : text;
  const line = near.replace(/\s+/g, ' ').trim().replace(UNPRINTABLE, escaped);
  return line.length <= LONGEST_SENTENCE ? line : middleCut(line, LONGEST_SENTENCE);
}

function middleCut(text: string, length: number): string {
  const head = text.slice(0, length - TAIL - 3).replace(/[\ud800-\udbff]$/, '');
  const tail = text.slice(-TAIL).replace(/^[\udc00-\udfff]/, '');
  return `${head} … ${tail}`;
}
