import type { Token } from '../runs/run.ts';

/**
 * Characters that nobody would see, or that would turn the text around them: control and format characters, and spaces
 * and line ends other than the usual ones. A zero-width joiner joins emoji, and is one of these only by itself.
 */
const UNSEEN = /^\u200d$|(?!\u200d)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;

/** A token as it is shown: visible spaces, line ends and tabs, ⟨U+200B⟩ for what has no shape; never empty. */
export function visibleText(text: string): string {
  if (text === '') return '∅';
  return text
    .replaceAll(' ', '·')
    .replaceAll('\r\n', '↵')
    .replaceAll(/[\n\r]/g, '↵')
    .replaceAll('\t', '⇥')
    .replaceAll(UNSEEN, (character) => `⟨U+${hex(character)}⟩`);
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
