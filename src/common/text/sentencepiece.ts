/** Sentencepiece's models (sentencepiece_model.proto, Kudo and Richardson 2018), parsed and checked. */
import { fieldsOf, floatOf, type Field } from './protobuf.ts';

/** What a piece is for, by the number that stands in the file. */
const PIECE_KINDS = ['normal', 'unknown', 'control', 'user-defined', 'unused', 'byte'] as const;
const MODEL_KINDS = ['Unigram', 'BPE', 'word', 'character'] as const;

interface SentencePiece {
  readonly text: string;
  /** log probability (Unigram), or minus the rank of its merge (BPE). */
  readonly score: number;
  readonly kind: (typeof PIECE_KINDS)[number];
}

export interface SentencepieceModel {
  readonly kind: (typeof MODEL_KINDS)[number];
  /** By sentencepiece's own ids; those that are found in texts differ, and one is the unknown piece. */
  readonly pieces: readonly SentencePiece[];
  /** Unknown characters become the pieces of their bytes. */
  readonly byteFallback: boolean;
  readonly normalization: SentencepieceNormalization;
}

/** What a text goes through before its pieces are looked for. */
interface SentencepieceNormalization {
  /** The table of `precompiled.ts`; empty: there is none. */
  readonly charsmap: Uint8Array;
  /** A space in front, or behind if spaces end words. */
  readonly addDummyPrefix: boolean;
  readonly removeExtraWhitespaces: boolean;
  /** Spaces become ▁. */
  readonly escapeWhitespaces: boolean;
  readonly whitespaceAsSuffix: boolean;
}

type Fields = Map<number, Field>;

/** Ids above this are taken for damage. */
const MOST_PIECES = 2 ** 22;

/**
 * @param bytes a whole .spm or .model file
 * @throws Error that says which rule is broken, and by which piece; its text goes on from “source.spm: ”.
 */
export function parseSentencepiece(bytes: Uint8Array): SentencepieceModel {
  const pieces: SentencePiece[] = [];
  const trainer: Fields = new Map();
  const normalizer: Fields = new Map();
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) {
      if (pieces.length === MOST_PIECES) throw new Error(`it has more than ${MOST_PIECES} pieces`);
      pieces.push(parsePiece(field.bytes, pieces.length));
    } else if (field.number === 2) merge(trainer, field.bytes);
    else if (field.number === 3) merge(normalizer, field.bytes);
  }
  const model: SentencepieceModel = {
    kind: kindOf(trainer.get(3)?.value ?? 1),
    pieces,
    byteFallback: isSet(trainer, 35, false),
    normalization: {
      charsmap: normalizer.get(2)?.bytes ?? new Uint8Array(),
      addDummyPrefix: isSet(normalizer, 3, true),
      removeExtraWhitespaces: isSet(normalizer, 4, true),
      escapeWhitespaces: isSet(normalizer, 5, true),
      whitespaceAsSuffix: isSet(trainer, 24, false),
    },
  };
  checkPieces(model);
  return model;
}

function parsePiece(message: Uint8Array, id: number): SentencePiece {
  const fields: Fields = new Map();
  merge(fields, message);
  const score = fields.get(2);
  const code = fields.get(3)?.value ?? 1;
  const kind = PIECE_KINDS[code - 1];
  if (kind === undefined) throw new Error(`its piece ${id} is of the unknown kind ${code}`);
  return { text: textOf(fields.get(1)?.bytes, id), score: score === undefined ? 0 : floatOf(score), kind };
}

function textOf(bytes: Uint8Array | undefined, id: number): string {
  if (bytes === undefined || bytes.length === 0) throw new Error(`its piece ${id} has no text`);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Error(`its piece ${id} is not valid UTF-8`);
  }
}

function checkPieces({ pieces, byteFallback }: SentencepieceModel): void {
  const known = new Map<string, number>();
  for (const [id, { text, score, kind }] of pieces.entries()) {
    const named = `${id}, ${JSON.stringify(text)},`;
    if (!Number.isFinite(score)) throw new Error(`its piece ${named} has no finite score`);
    // The others are never found in a text.
    if (!['normal', 'user-defined', 'unused'].includes(kind)) continue;
    const other = known.get(text);
    if (other !== undefined) throw new Error(`its piece ${named} is its piece ${other} again`);
    known.set(text, id);
  }
  const count = (kind: SentencePiece['kind']) => pieces.filter((piece) => piece.kind === kind).length;
  if (!pieces.some(({ kind }) => kind === 'normal')) throw new Error('it has no pieces');
  if (count('unknown') !== 1)
    throw new Error(`it has ${count('unknown')} unknown pieces, where one is needed`);
  if (byteFallback && count('byte') !== 256)
    throw new Error(`it has ${count('byte')} pieces for single bytes, where its fallback needs 256`);
}

function kindOf(code: number): SentencepieceModel['kind'] {
  const kind = MODEL_KINDS[code - 1];
  if (kind === undefined) throw new Error(`its model is of the unknown kind ${code}`);
  return kind;
}

/** Of a field that stands in a message several times the last counts, also where the message comes in parts. */
function merge(fields: Fields, message: Uint8Array): void {
  for (const field of fieldsOf(message)) fields.set(field.number, field);
}

function isSet(fields: Fields, number: number, otherwise: boolean): boolean {
  const field = fields.get(number);
  return field === undefined ? otherwise : field.value !== 0;
}
