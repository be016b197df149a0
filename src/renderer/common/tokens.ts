import type { Token } from '../runs/run.ts';

/**
 * Characters that nobody would see, or that would turn the text around them: control and format characters, and spaces
 * and line ends other than the usual ones. A zero-width joiner joins emoji, and is one of these only by itself.
 */
const UNSEEN = /^\u200d$|(?!\u200d)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;

/** A part of a character, as `withCharacters` names it: ⟨東, 1 of 3⟩. */
const PART = /(⟨[^⟨⟩]+, \d of \d⟩)/u;
/** Letters that are written from right to left. */
const RIGHT_TO_LEFT =
  '[\\p{Script=Hebrew}\\p{Script=Arabic}\\p{Script=Syriac}\\p{Script=Thaana}\\p{Script=Nko}\\p{Script=Adlam}]';
/** Marks before and after such letters. They have no direction, and stand where the letters begin and end. */
const MARKS_BEFORE = new RegExp(`^([·↵⇥]+)(?=${RIGHT_TO_LEFT})`, 'u');
const MARKS_AFTER = new RegExp(`(?<=${RIGHT_TO_LEFT}\\p{M}*)([·↵⇥]+)$`, 'u');
/** A character without width that is written from right to left, and one from left to right. */
const [TURNS_LEFT, TURNS_RIGHT] = ['\u200f', '\u200e'];

/** A token as it is shown: visible spaces, line ends and tabs, ⟨U+200B⟩ for what has no shape; never empty. */
export function visibleText(text: string): string {
  if (text === '') return '∅';
  if (!text.includes('⟨')) return marked(text);
  return text
    .split(PART)
    .map((piece, i) => (i % 2 === 1 ? partText(piece) : marked(piece)))
    .join('');
}

function marked(text: string): string {
  return text
    .replaceAll(' ', '·')
    .replaceAll('\r\n', '↵')
    .replaceAll(/[\n\r]/g, '↵')
    .replaceAll('\t', '⇥')
    .replaceAll(UNSEEN, (character) => `⟨U+${hex(character)}⟩`)
    .replace(MARKS_BEFORE, `${TURNS_LEFT}$1`)
    .replace(MARKS_AFTER, `$1${TURNS_LEFT}`);
}

/** The spaces are ours, and what follows a letter of any direction is written from left to right. */
function partText(part: string): string {
  const comma = part.lastIndexOf(', ');
  const character = part.slice(1, comma).replaceAll(UNSEEN, (unseen) => `U+${hex(unseen)}`);
  return `⟨${character}${new RegExp(RIGHT_TO_LEFT, 'u').test(character) ? TURNS_RIGHT : ''}${part.slice(comma)}`;
}

function hex(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
}

/** At most `length` characters, the middle left out: beginnings and endings tell tokens apart. */
export function elide(text: string, length: number): string {
  const characters = [...text];
  if (characters.length <= length) return text;
  const head = Math.ceil((length - 1) * 0.6);
  return `${characters.slice(0, head).join('')}…${characters.slice(characters.length - (length - 1 - head)).join('')}`;
}

/** A token in a sentence for people and screen readers: `“the” (3)`, counted from 0 as indices are. */
export function tokenName(tokens: readonly Token[], index: number): string {
  return `“${visibleText(tokens[index]?.text ?? '')}” (${index})`;
}

/** A head's name with Hugging Face's indices: `L0 H0`. */
export function headName(layer: number, head: number): string {
  return `L${layer} H${head}`;
}
