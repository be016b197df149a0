/**
 * What a unit of a recurrent layer may follow: features of a text, a number for each token, in the order of reading.
 * After Karpathy, Johnson and Fei-Fei 2015, "Visualizing and Understanding Recurrent Networks".
 */
import { wholeCharacters } from '../../common/text/byte-characters.ts';
import { pieceText, type Token } from '../../common/text/token.ts';
import { OpenQuotes } from './quotes.ts';

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
  place_in_word: ['place in the word', 'letters and digits of the word read so far, 0 outside of words'],
  since_sentence: ['distance since the sentence began', 'steps since the space after . ! ? or a line break'],
  since_line: ['distance since the line began', 'steps since the last line break'],
  in_quotes: ['inside quotes', '1 from an opening “ to before its closing ”, else 0'],
  in_brackets: ['inside brackets', 'how many brackets ( [ { are open'],
  capital: ['capital letter', '1 where the token has one, else 0'],
  position: ['position', 'steps since the text began'],
} as const;

export type FeatureName = keyof typeof BUILT_IN;

/** What was read, and where each token ends in it. */
export interface JoinedText {
  readonly text: string;
  /** [T] */
  readonly ends: Uint32Array;
}

/**
 * The tokens as one text: what was typed where they have places in it, with all that lies between; others as they are
 * written, words of a list with a space in front. A token that is no text, such as `</s>`, is a place without letters.
 * @param typed the text that spans count in; null: the tokens are all that is known
 */
export function joinedText(tokens: readonly Token[], typed: string | null = null): JoinedText {
  let text = '';
  let before: readonly [number, number] | null = null;
  const ends = new Uint32Array(tokens.length);
  for (const [index, token] of tokens.entries()) {
    const { span } = token;
    // Parts of one character stand at the same place.
    if (typed !== null && span !== null) text += typed.slice(before?.[1] ?? span[0], span[1]);
    else if (!token.special) {
      const own = writtenText(token);
      const isApart = token.word === true || (before !== null && span !== null && before[1] < span[0]);
      text += isApart && text !== '' && !/^\s/.test(own) && !/\s$/.test(text) ? ` ${own}` : own;
    }
    ends[index] = text.length;
    if (span !== null) before = [span[0], Math.max(before?.[1] ?? 0, span[1])];
  }
  return { text, ends };
}

/** A character whose bytes fall into several tokens is that of the first; other bytes are no letters. */
function writtenText(token: Token): string {
  return wholeCharacters(pieceText(token)).replaceAll(/⟨[0-9A-F]{2}⟩/g, '\uFFFD');
}

/** All built-in features of a text. @param typed as in `joinedText` */
export function builtInFeatures(tokens: readonly Token[], typed: string | null = null): Feature[] {
  const { text, ends } = joinedText(tokens, typed);
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

const LETTER = /[\p{L}\p{N}]/u;
/** What belongs to the letter before it: accents, joiners, soft hyphens. */
const MARK = /[\p{M}\u00AD\u200C\u200D]/u;
const CAPITAL = /[\p{Lu}\p{Lt}]/u;
const STOP = /[.!?…؟।۔]/u;
/** Stops behind which no space stands. */
const FULL_STOP = /[。！？｡]/u;
const CLOSING = /["'”’“‘»«›‹)\]}」』）］｝】]/u;
const APOSTROPHE = /['’]/u;
const OPENING = '([{（［｛【';
const CLOSING_BRACKETS = ')]}）］｝】';

/** Reads the text once, character by character; a token has what is so after its last one. */
function scan(text: string, ends: Uint32Array): Record<FeatureName, Float32Array> {
  const T = ends.length;
  const result = Object.fromEntries(
    Object.keys(BUILT_IN).map((name) => [name, new Float32Array(T)]),
  ) as Record<FeatureName, Float32Array>;
  const quotes = new OpenQuotes();
  let [letters, sentence, line, brackets] = [0, 0, 0, 0];
  let hasStopped = false;
  let at = 0;
  for (let t = 0; t < T; t++) {
    let hasCapital = false;
    sentence++;
    line++;
    while (at < (ends[t] ?? 0)) {
      const character = characterAt(text, at);
      at += character.length;
      const after = characterAt(text, at);
      const isSpace = /\s/u.test(character);
      // An apostrophe between letters belongs to the word.
      const isInner = letters > 0 && APOSTROPHE.test(character) && LETTER.test(after);
      if (isInner || LETTER.test(character)) letters++;
      else if (!MARK.test(character)) letters = 0;
      hasCapital ||= CAPITAL.test(character);
      if (character === '\n') [line, sentence] = [0, 0];
      if ((isSpace && hasStopped) || FULL_STOP.test(character)) sentence = 0;
      if (isSpace || !CLOSING.test(character)) hasStopped = STOP.test(character);
      quotes.read(character, after);
      if (OPENING.includes(character)) brackets++;
      else if (CLOSING_BRACKETS.includes(character)) brackets = Math.max(brackets - 1, 0);
    }
    result.place_in_word[t] = letters;
    result.since_sentence[t] = sentence;
    result.since_line[t] = line;
    result.in_quotes[t] = quotes.isInside ? 1 : 0;
    result.in_brackets[t] = brackets;
    result.capital[t] = hasCapital ? 1 : 0;
    result.position[t] = t;
  }
  return result;
}

/** Empty: the text has ended. */
function characterAt(text: string, at: number): string {
  const code = text.codePointAt(at);
  return code === undefined ? '' : String.fromCodePoint(code);
}
