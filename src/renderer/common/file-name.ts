/** What a saved file shows. */
export interface FileSubject {
  readonly model: string;
  /** The view's id. */
  readonly view: string;
  readonly text: string;
  /** What is shown of it, such as `L3 H5`. */
  readonly detail?: string;
}

/** Longest part of a name, in UTF-8 bytes: names have 255 on most file systems, 143 on some that encrypt. */
const LONGEST = { model: 48, view: 24, detail: 16, text: 36 };

/**
 * The name of every file that a view saves: `headgate-gpt · attention-head · L3 H5 · call-me-ishmael.svg`. Safe on all
 * file systems: no character that one of them forbids, nothing too long, no dot or space at its ends, composed accents.
 * @param ending without its dot
 */
export function fileName({ model, view, text, detail = '' }: FileSubject, ending: string): string {
  const parts = [
    cut(plain(model.split(/[\\/]/).at(-1) ?? '', '-'), LONGEST.model) || 'model',
    cut(plain(view, '-'), LONGEST.view),
    cut(plain(detail, ' '), LONGEST.detail),
    cut(slug(text), LONGEST.text),
  ];
  return `${parts.filter((part) => part !== '').join(' · ')}.${ending}`;
}

/** Letters, digits, dots and hyphens; everything else becomes `between`. */
function plain(text: string, between: string): string {
  return trimmed(text.normalize('NFC').replaceAll(/[^\p{L}\p{M}\p{N}._-]+/gu, between));
}

/** A text as words with hyphens, lower case. */
function slug(text: string): string {
  return trimmed(
    text
      .normalize('NFC')
      .toLowerCase()
      .replaceAll(/['’]/g, '')
      .replaceAll(/[^\p{L}\p{M}\p{N}]+/gu, '-'),
  );
}

/** At most so many bytes, at the end of a word where one is near. */
function cut(text: string, longest: number): string {
  const bytes = (part: string) => new TextEncoder().encode(part).length;
  if (bytes(text) <= longest) return text;
  let kept = '';
  for (const character of text) {
    if (bytes(kept + character) > longest) break;
    kept += character;
  }
  const word = kept.lastIndexOf('-');
  return trimmed(text[kept.length] !== '-' && word > kept.length / 2 ? kept.slice(0, word) : kept);
}

function trimmed(text: string): string {
  return text.replaceAll(/^[\s._-]+|[\s._-]+$/g, '');
}
