/** Characters whose bytes fall into several tokens: each token says which character, and which of its parts it holds. */
import type { Token } from './token.ts';

/** A byte that is no character by itself, as `readablePiece` shows it. */
const BYTE = /⟨([0-9A-F]{2})⟩/g;

/** A piece of a token: text, or a byte that is no character by itself. */
type Part = { readonly token: number } & ({ readonly text: string } | { readonly byte: number });

/** True for a token that holds a part of a character only, so that its text can't be typed. */
export function isPartOfCharacter({ text, raw }: Token): boolean {
  return raw !== undefined || text.search(BYTE) >= 0;
}

/**
 * The tokens with `⟨東, 1 of 3⟩` in the places of bytes that are no character by themselves: the character that they are a
 * part of with their neighbours, and which of the tokens that share it this is. What is no character either way stays.
 */
export function withCharacters(tokens: readonly Token[]): Token[] {
  const changed = new Map<number, string>();
  for (let at = 0; at < tokens.length; at++) {
    if (!holdsBytes(tokens[at])) continue;
    let end = at + 1;
    while (end < tokens.length && holdsBytes(tokens[end])) end++;
    for (const [index, text] of stretch(tokens, at, end)) changed.set(index, text);
    at = end - 1;
  }
  if (changed.size === 0) return [...tokens];
  return tokens.map((token, index) => {
    const text = changed.get(index);
    return text === undefined ? token : { ...token, text, raw: rawOf(token) };
  });
}

/** A part of a character, as `withCharacters` names it. */
const PART = /⟨([^⟨⟩]+), (\d) of \d⟩/gu;

/** A text that tokens make up, with each character whose parts were named once. */
export function wholeCharacters(text: string): string {
  return text.replace(PART, (_, character: string, place: string) => (place === '1' ? character : ''));
}

function rawOf({ text, raw }: Token): string {
  return raw ?? text;
}

function holdsBytes(token: Token | undefined): boolean {
  return token !== undefined && !token.special && rawOf(token).search(BYTE) >= 0;
}

/** The texts of tokens [from, to), all of which hold bytes; none where these make no character. */
function stretch(tokens: readonly Token[], from: number, to: number): Map<number, string> {
  const parts: Part[] = tokens.slice(from, to).flatMap((token, i) =>
    rawOf(token)
      .split(BYTE)
      .map((piece, place) =>
        place % 2 === 1
          ? { token: from + i, byte: Number.parseInt(piece, 16) }
          : { token: from + i, text: piece },
      ),
  );
  const joined = parts.filter((part) => !('text' in part && part.text === ''));
  const texts = new Map<number, string>();
  const add = (token: number, text: string) => texts.set(token, (texts.get(token) ?? '') + text);
  let isChanged = false;
  for (let at = 0; at < joined.length;) {
    const part = joined[at] as Part;
    const run = bytesFrom(joined, at);
    const character = characterOf(run);
    if ('text' in part) add(part.token, part.text);
    else if (character === null)
      add(part.token, `⟨${part.byte.toString(16).toUpperCase().padStart(2, '0')}⟩`);
    if (character === null) {
      at++;
      continue;
    }
    const used = run.slice(0, lengthOf(part));
    const holders = [...new Set(used.map(({ token }) => token))];
    for (const [i, token] of holders.entries()) add(token, `⟨${character}, ${i + 1} of ${holders.length}⟩`);
    isChanged = true;
    at += used.length;
  }
  return isChanged ? texts : new Map();
}

/** The bytes from a part on, at most as many as a character has. */
function bytesFrom(parts: readonly Part[], at: number): { readonly byte: number; readonly token: number }[] {
  const bytes = [];
  for (const part of parts.slice(at, at + 4)) {
    if ('text' in part) break;
    bytes.push(part);
  }
  return bytes;
}

/** One for all: to make one costs more than to decode a character. */
const decoder = new TextDecoder('utf-8', { fatal: true });

/** Bytes of the character that a byte begins; 0: it begins none. */
function lengthOf(part: Part): number {
  const first = 'text' in part ? 0 : part.byte;
  return first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
}

/** The character that bytes begin with, in UTF-8; null: none. */
function characterOf(bytes: readonly { readonly byte: number; readonly token: number }[]): string | null {
  const [first] = bytes;
  const length = first === undefined ? 0 : lengthOf(first);
  if (length === 0 || bytes.length < length) return null;
  try {
    return decoder.decode(Uint8Array.from(bytes.slice(0, length), ({ byte }) => byte));
  } catch {
    return null;
  }
}
