/**
 * The pre-tokenizers of tokenizer.json, as Hugging Face's Rust library applies them: a text is cut into the stretches
 * that the model sees one by one.
 */
import { prepend, replaceMatches, textOf, indexByOffset, type Characters } from './characters.ts';
import { isObject, type Json } from '../json.ts';
import { checkCharacters } from './limits.ts';
import { matchesOf, patternOf } from './pattern.ts';
import { byteCharacters } from './pieces.ts';

export type PreTokenizer = (text: Characters) => readonly Characters[];

/** What becomes of the stretches that a pattern finds. */
type Behavior = 'removed' | 'isolated' | 'mergedwithprevious' | 'mergedwithnext' | 'contiguous';

const SPACES = /\p{White_Space}/gu;
const PUNCTUATION = /[\p{P}!-/:-@[-`{-~]/gu;
const NUMERALS = /\p{N}/gu;
const WORDS =
  /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\u200c\u200d]+|[^\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\u200c\u200d\p{White_Space}]+/gu;
/** GPT-2's words. */
const GPT2 =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

/**
 * What “pre_tokenizer” of tokenizer.json describes; null: the text stays whole.
 * @throws Error that says what is wrong with it.
 */
export function createPreTokenizer(config: unknown): PreTokenizer {
  if (config === null || config === undefined) return (text) => [text];
  if (!isObject(config)) throw new Error('its pre-tokenizer is no object');
  switch (config['type']) {
    case 'Sequence': {
      const steps = Array.isArray(config['pretokenizers'])
        ? config['pretokenizers'].map(createPreTokenizer)
        : [];
      return (text) => steps.reduce((parts: readonly Characters[], step) => applied(step, parts), [text]);
    }
    case 'ByteLevel':
      return byteLevel(config);
    case 'Metaspace':
      return metaspace(config);
    case 'Split':
      return split(patternOf(config['pattern']), behaviorOf(config['behavior']), config['invert'] === true);
    case 'BertPreTokenizer':
      return (text) => split(SPACES, 'removed')(text).flatMap(split(PUNCTUATION, 'isolated'));
    case 'Whitespace':
      return split(WORDS, 'removed', true);
    case 'WhitespaceSplit':
      return split(SPACES, 'removed');
    case 'Punctuation':
      return split(PUNCTUATION, behaviorOf(config['behavior'] ?? 'isolated'));
    case 'Digits':
      return split(NUMERALS, config['individual_digits'] === true ? 'isolated' : 'contiguous');
    case 'CharDelimiterSplit':
      return split(patternOf({ String: config['delimiter'] }), 'removed');
    case 'FixedLength':
      return fixedLength(Number(config['length'] ?? 5));
    default:
      throw new Error(`its pre-tokenizer “${String(config['type'])}” is unknown`);
  }
}

/** A step on every part. @throws HeadgateError `too-many-characters` */
function applied(step: PreTokenizer, parts: readonly Characters[]): readonly Characters[] {
  let count = 0;
  return parts.flatMap((part) => {
    const cut = step(part);
    for (const { length } of cut) count += length;
    checkCharacters(count);
    return cut;
  });
}

/** Every byte becomes a character of GPT-2's alphabet. */
function byteLevel(config: Json): PreTokenizer {
  const words = config['use_regex'] === false ? (text: Characters) => [text] : split(GPT2, 'isolated');
  const isPrefixed = config['add_prefix_space'] === true;
  return (text) => {
    const whole = isPrefixed && text[0]?.text !== ' ' ? prepend(text, ' ') : text;
    return words(whole).map((word) =>
      word.flatMap(({ text: character, from, to }) =>
        byteCharacters(character).map((byte) => ({ text: byte, from, to })),
      ),
    );
  };
}

/** Spaces become marks, and one may be put in front: always, or where the input begins. */
function metaspace(config: Json): PreTokenizer {
  const mark = typeof config['replacement'] === 'string' ? config['replacement'] : '▁';
  const scheme = config['prepend_scheme'] ?? (config['add_prefix_space'] === false ? 'never' : 'always');
  const cut =
    config['split'] === false
      ? (text: Characters) => [text]
      : split(patternOf({ String: mark }), 'mergedwithnext');
  return (text) => {
    const marked = replaceMatches(text, / /g, mark);
    const [first] = marked;
    const isWanted = scheme === 'always' || (scheme === 'first' && first?.from === 0);
    // Sentencepiece puts a mark in front of a space, too; Hugging Face's library does not.
    const isMarked = first?.text === mark && config['doubles_mark'] !== true;
    return cut(isWanted && !isMarked ? prepend(marked, mark) : marked);
  };
}

function fixedLength(length: number): PreTokenizer {
  if (!(length >= 1)) throw new Error('its pre-tokenizer “FixedLength” has no length');
  return (text) =>
    Array.from({ length: Math.ceil(text.length / length) }, (_, index) =>
      text.slice(index * length, (index + 1) * length),
    );
}

function behaviorOf(value: unknown): Behavior {
  const name = String(value).toLowerCase().replaceAll('_', '');
  const known = ['removed', 'isolated', 'mergedwithprevious', 'mergedwithnext', 'contiguous'] as const;
  const behavior = known.find((candidate) => candidate === name);
  if (behavior === undefined)
    throw new Error(`its pre-tokenizer splits “${String(value)}”, which is unknown`);
  return behavior;
}

/** A stretch of the text, and whether the pattern found it; empty where the pattern finds nothing's place. */
interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly isMatch: boolean;
}

/** Cuts at matches. @param invert what lies between matches counts as found */
function split(pattern: RegExp, behavior: Behavior, invert = false): PreTokenizer {
  return (text) =>
    mergeStretches(stretchesOf(text, pattern, invert), behavior).flatMap(({ from, to }) =>
      to > from ? [text.slice(from, to)] : [],
    );
}

function stretchesOf(text: Characters, pattern: RegExp, invert: boolean): Stretch[] {
  const index = indexByOffset(text);
  const stretches: Stretch[] = [];
  let done = 0;
  const add = (to: number, isMatch: boolean) => {
    stretches.push({ from: done, to, isMatch: isMatch !== invert });
    done = to;
  };
  for (const match of matchesOf(pattern, textOf(text))) {
    const start = index(match.index);
    if (start > done) add(start, false);
    add(index(match.index + match[0].length), true);
  }
  if (text.length > done) add(text.length, false);
  return stretches;
}

function mergeStretches(stretches: readonly Stretch[], behavior: Behavior): Stretch[] {
  switch (behavior) {
    case 'removed':
      return stretches.filter(({ isMatch }) => !isMatch);
    case 'isolated':
      return [...stretches];
    case 'contiguous':
      return joined(stretches, (before, { isMatch }) => before.isMatch === isMatch);
    case 'mergedwithprevious':
      return joined(stretches, (before, { isMatch }) => isMatch && !before.isMatch);
    case 'mergedwithnext':
      return joined(stretches, (before, { isMatch }) => before.isMatch && !isMatch);
  }
}

/** Neighbours that belong together as one; `isMatch` is that of the last. */
function joined(
  stretches: readonly Stretch[],
  belong: (before: Stretch, next: Stretch) => boolean,
): Stretch[] {
  const merged: Stretch[] = [];
  for (const next of stretches) {
    const before = merged.at(-1);
    if (before !== undefined && belong(before, next))
      merged[merged.length - 1] = { ...next, from: before.from };
    else merged.push(next);
  }
  return merged;
}
