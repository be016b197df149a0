/** Which characters of a pre-token each of its pieces stands for. */
import { textOf, type Characters } from './characters.ts';
import type { Spelling } from './pieces.ts';

/** Characters of `<0xE2>`. */
const BYTE_NAME = 6;

/** What a piece takes of a pre-token. */
interface Extent {
  readonly text: readonly string[];
  /** A further byte of the character before: it shares that one. */
  readonly continues: boolean;
  readonly isByte: boolean;
}

/**
 * Pieces spell the pre-token out, one after another, but for marks of continuation and the end of a word, for bytes, and
 * for pieces that stand for any text (`[UNK]`). A character whose bytes are spread over pieces belongs to all of them.
 * @param isUnknown tells pieces that stand for any text
 */
export function alignPieces(
  preToken: Characters,
  pieces: readonly string[],
  spelling: Spelling,
  isUnknown: (piece: string) => boolean,
): Characters[] {
  const all = pieces.map((piece) => (isUnknown(piece) ? null : extentOf(piece, spelling)));
  const known = all.reduce((sum, extent) => sum + (extent?.text.length ?? 0), 0);
  const isOneEach = preToken.length - known === all.filter((extent) => extent === null).length;
  let at = 0;
  return all.map((extent, index) => {
    // A byte's name that was typed is no byte.
    const isTyped = extent?.isByte === true && textOf(preToken.slice(at, at + BYTE_NAME)) === pieces[index];
    const next = isOneEach ? undefined : all.slice(index + 1).find((other) => other !== null);
    const size = isTyped
      ? BYTE_NAME
      : (extent?.text.length ?? (isOneEach ? 1 : lengthBefore(preToken, at, next?.text ?? [])));
    const from = extent?.continues === true && !isTyped ? Math.max(0, at - 1) : at;
    at = Math.min(preToken.length, at + size);
    return preToken.slice(from, at);
  });
}

function extentOf(piece: string, { byteLevel, byteFallback, continuation, wordEnd }: Spelling): Extent {
  const byte = byteFallback && !byteLevel ? /^<0x([0-9A-Fa-f]{2})>$/.exec(piece)?.[1] : undefined;
  if (byte !== undefined) {
    const continues = (Number.parseInt(byte, 16) & 0xc0) === 0x80;
    return { text: continues ? [] : ['?'], continues, isByte: true };
  }
  let text = piece;
  if (continuation !== null && text.startsWith(continuation) && text !== continuation)
    text = text.slice(continuation.length);
  if (wordEnd !== null && text.endsWith(wordEnd)) text = text.slice(0, -wordEnd.length);
  return { text: [...text], continues: false, isByte: false };
}

/** Characters before the place, after `at`, where the next known piece is found; all that are left without one. */
function lengthBefore(preToken: Characters, at: number, next: readonly string[]): number {
  const isAt = (place: number) => next.every((text, index) => preToken[place + index]?.text === text);
  for (let end = at + 1; next.length > 0 && end + next.length <= preToken.length; end++)
    if (isAt(end)) return end - at;
  return preToken.length - at;
}
