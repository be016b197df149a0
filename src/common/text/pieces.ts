/** How a tokenizer spells its pieces, and how they are shown: bytes, marks for spaces, and prefixes. */

/** What a vocabulary's spelling means; found in tokenizer.json by `spellingOf`. */
export interface Spelling {
  /** Each character stands for one byte (GPT-2's alphabet: `Ġ` is a space). */
  readonly byteLevel: boolean;
  /** The character that stands for a space (`▁`); null: none. */
  readonly spaceMark: string | null;
  /** `<0xE2>` stands for one byte. */
  readonly byteFallback: boolean;
  /** In front of a piece that continues a word (`##`); null: none. */
  readonly continuation: string | null;
  /** After a piece that ends a word (`</w>`); null: none. */
  readonly wordEnd: string | null;
}

/** GPT-2's alphabet: character → byte. Printable Latin-1 stands for itself, the other bytes for U+0100 and up. */
const BYTE_OF_CHARACTER: ReadonlyMap<string, number> = new Map(
  (() => {
    const printable = (byte: number) =>
      (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    let next = 0x100;
    return Array.from({ length: 256 }, (_, byte) => {
      return [String.fromCharCode(printable(byte) ? byte : next++), byte] as const;
    });
  })(),
);

/** The same the other way round, by byte. */
const CHARACTER_OF_BYTE: readonly string[] = [...BYTE_OF_CHARACTER.keys()];

/** A byte in GPT-2's alphabet. */
export function characterOfByte(byte: number): string {
  return CHARACTER_OF_BYTE[byte] ?? '';
}

const encoder = new TextEncoder();

/** A text in GPT-2's alphabet, byte by byte. */
export function byteCharacters(text: string): readonly string[] {
  return Array.from(encoder.encode(text), characterOfByte);
}

/** `<0xE2>`, as vocabularies name a byte. */
export function byteName(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
}

/**
 * The bytes of the text that a piece stands for, without the marks of its spelling.
 * @param literal true for added tokens, which are spelt as they are
 */
function pieceBytes(piece: string, spelling: Spelling, literal = false): Uint8Array {
  if (literal) return encoder.encode(piece);
  const { wordEnd } = spelling;
  if (wordEnd !== null && piece.endsWith(wordEnd) && piece !== wordEnd)
    return Uint8Array.of(...bytesWithin(piece.slice(0, -wordEnd.length), spelling), 0x20);
  return bytesWithin(piece, spelling);
}

function bytesWithin(piece: string, spelling: Spelling): Uint8Array {
  if (spelling.byteLevel)
    return Uint8Array.from(
      [...piece].flatMap((character) => {
        const byte = BYTE_OF_CHARACTER.get(character);
        return byte === undefined ? [...encoder.encode(character)] : [byte];
      }),
    );
  if (spelling.byteFallback) {
    const byte = /^<0x([0-9A-Fa-f]{2})>$/.exec(piece)?.[1];
    if (byte !== undefined) return Uint8Array.of(Number.parseInt(byte, 16));
  }
  let text = piece;
  if (
    spelling.continuation !== null &&
    text.startsWith(spelling.continuation) &&
    text !== spelling.continuation
  )
    text = text.slice(spelling.continuation.length);
  if (spelling.spaceMark !== null) text = text.replaceAll(spelling.spaceMark, ' ');
  return encoder.encode(text);
}

/**
 * A piece as people read it: spaces as spaces, bytes that are no character as ⟨E2⟩. A mark of continuation (`##`)
 * stays, since a piece without it is another one.
 */
export function readablePiece(piece: string, spelling: Spelling, literal = false): string {
  const continued = !literal && spelling.continuation !== null && piece.startsWith(spelling.continuation);
  const text = readableBytes(pieceBytes(piece, spelling, literal));
  return continued && piece !== spelling.continuation ? `${spelling.continuation}${text}` : text;
}

/** UTF-8 with every byte that is part of no character as ⟨E2⟩. */
function readableBytes(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const { codePoint, length } = decodeCharacter(bytes, at);
    text +=
      codePoint === null
        ? `⟨${(bytes[at] ?? 0).toString(16).toUpperCase().padStart(2, '0')}⟩`
        : String.fromCodePoint(codePoint);
    at += length;
  }
  return text;
}

/** The character at a place in UTF-8; `codePoint` null and length 1 for a byte that starts none. */
function decodeCharacter(bytes: Uint8Array, at: number): { codePoint: number | null; length: number } {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return { codePoint: first, length: 1 };
  const length = first >= 0xf0 && first < 0xf8 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 1;
  const none = { codePoint: null, length: 1 };
  if (length === 1 || first >= 0xf8 || at + length > bytes.length) return none;
  let codePoint = first & (0x7f >> length);
  for (let i = 1; i < length; i++) {
    const next = bytes[at + i] ?? 0;
    if ((next & 0xc0) !== 0x80) return none;
    codePoint = (codePoint << 6) | (next & 0x3f);
  }
  const least = [0, 0, 0x80, 0x800, 0x10000][length] ?? 0;
  const isCharacter =
    codePoint >= least && codePoint <= 0x10ffff && (codePoint < 0xd800 || codePoint > 0xdfff);
  return isCharacter ? { codePoint, length } : none;
}

/** A text for an id that the vocabulary has no piece for (models pad their embedding). */
export function missingPiece(id: number): string {
  return `⟨id ${id}⟩`;
}
