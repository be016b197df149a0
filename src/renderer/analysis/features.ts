/**
 * What a unit of a recurrent layer may follow: features of a text, a number for each token, in the order of reading.
 * After Karpathy, Johnson and Fei-Fei 2015, "Visualizing and Understanding Recurrent Networks".
 */
import type { Token } from '../../common/text/token.ts';

export interface Feature {
  /** In captures: `place_in_word`. */
  readonly name: FeatureName | 'pattern';
  /** For people. */
  readonly title: string;
  /** What is counted. */
  readonly about: string;
  /** [T] */
  readonly values: Float32Array;
}

const BUILT_IN = {
  place_in_word: ['place in the word', 'letters of the word read so far, 0 outside of words'],
  since_sentence: ['distance since the sentence began', 'steps since . ! ? or a line break'],
  since_line: ['distance since the line began', 'steps since the last line break'],
  in_quotes: ['inside quotes', '1 between quotation marks, else 0'],
  in_brackets: ['inside brackets', 'how many brackets ( [ { are open'],
  capital: ['capital letter', '1 where the token has one, else 0'],
  position: ['position', 'steps since the text began'],
} as const;

export type FeatureName = keyof typeof BUILT_IN;

/** The tokens as one text, and where each ends in it; tokens of whole words get a space in front. */
export function joinedText(tokens: readonly Token[]): { readonly text: string; readonly ends: Uint32Array } {
  let text = '';
  let before: Token | null = null;
  const ends = new Uint32Array(tokens.length);
  for (const [index, token] of tokens.entries()) {
    const isApart =
      before !== null &&
      (token.word === true ||
        (before.span !== null && token.span !== null && before.span[1] < token.span[0]));
    if (isApart && !/^\s/.test(token.text) && !/\s$/.test(text)) text += ' ';
    // A token that is no text, such as `</s>`, is a place without letters.
    if (!token.special) text += token.text;
    ends[index] = text.length;
    before = token;
  }
  return { text, ends };
}

/** All built-in features of a text. */
export function builtInFeatures(tokens: readonly Token[]): Feature[] {
  const { text, ends } = joinedText(tokens);
  const values = scan(text, ends);
  return (Object.keys(BUILT_IN) as FeatureName[]).map((name) => {
    const [title, about] = BUILT_IN[name];
    return { name, title, about, values: values[name] };
  });
}

/** 1 at tokens that a match reaches into. @param ranges [from, to) in the joined text, in order */
export function patternFeature(
  pattern: string,
  ends: Uint32Array,
  ranges: readonly (readonly [number, number])[],
): Feature {
  let at = 0;
  const values = Float32Array.from(ends, (end, index) => {
    const begin = index === 0 ? 0 : (ends[index - 1] ?? 0);
    while (at < ranges.length && (ranges[at]?.[1] ?? 0) <= begin) at++;
    const range = ranges[at];
    return range !== undefined && range[0] < end && begin < end ? 1 : 0;
  });
  return { name: 'pattern', title: `/${pattern}/`, about: '1 where the pattern matches, else 0', values };
}

const LETTER = /[\p{L}\p{M}\p{N}]/u;
const CAPITAL = /\p{Lu}/u;
const STOP = /[.!?…。！？]/u;
const CLOSING = /["'”’»)\]}]/u;
const APOSTROPHE = /['’]/u;

/** Reads the text once, character by character; a token has what is so after its last one. */
function scan(text: string, ends: Uint32Array): Record<FeatureName, Float32Array> {
  const T = ends.length;
  const result = Object.fromEntries(
    Object.keys(BUILT_IN).map((name) => [name, new Float32Array(T)]),
  ) as Record<FeatureName, Float32Array>;
  let [letters, sentence, line, brackets] = [0, 0, 0, 0];
  let [isQuoted, hasStopped] = [false, false];
  let at = 0;
  for (let t = 0; t < T; t++) {
    let hasCapital = false;
    sentence++;
    line++;
    while (at < (ends[t] ?? 0)) {
      const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
      at += character.length;
      const isSpace = /\s/u.test(character);
      if (LETTER.test(character)) letters++;
      // An apostrophe between letters belongs to the word.
      else if (letters > 0 && APOSTROPHE.test(character) && LETTER.test(text[at] ?? '')) letters++;
      else letters = 0;
      hasCapital ||= CAPITAL.test(character);
      if (character === '\n') [line, sentence] = [0, 0];
      if (isSpace && hasStopped) sentence = 0;
      if (isSpace || !CLOSING.test(character)) hasStopped = STOP.test(character);
      if (character === '"') isQuoted = !isQuoted;
      else if ('“«„'.includes(character)) isQuoted = true;
      else if ('”»'.includes(character)) isQuoted = false;
      if ('([{'.includes(character)) brackets++;
      else if (')]}'.includes(character)) brackets = Math.max(brackets - 1, 0);
    }
    result.place_in_word[t] = letters;
    result.since_sentence[t] = sentence;
    result.since_line[t] = line;
    result.in_quotes[t] = isQuoted ? 1 : 0;
    result.in_brackets[t] = brackets;
    result.capital[t] = hasCapital ? 1 : 0;
    result.position[t] = t;
  }
  return result;
}
