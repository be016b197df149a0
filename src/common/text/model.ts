/** The model of a tokenizer: from a stretch of text to pieces of its vocabulary, as Hugging Face's Rust library does it. */
import { isObject, type Json } from '../json.ts';
import { bytePairs } from './bpe.ts';
import { kindOf, type ModelKind } from './model-schema.ts';
import { unigram } from './unigram.ts';

export interface PieceModel {
  readonly kind: ModelKind;
  readonly ids: ReadonlyMap<string, number>;
  /** The piece of what is outside the vocabulary; null without one. */
  readonly unknown: string | null;
  /** The pieces of a stretch; those that the vocabulary lacks stand for themselves. */
  cut(text: string): readonly string[];
}

/** @param config “model” of tokenizer.json, checked */
export function createModel(config: Json): PieceModel {
  const kind = kindOf(config);
  if (kind === 'Unigram') return { kind, ...unigram(config) };
  const vocab = isObject(config['vocab']) ? config['vocab'] : {};
  const ids = new Map(Object.entries(vocab).map(([piece, id]) => [piece, Number(id)]));
  const { unk_token: named } = config;
  const unknown = typeof named === 'string' ? named : null;
  switch (kind) {
    case 'BPE':
      return { kind, ids, unknown, cut: bytePairs(config, ids) };
    case 'WordPiece':
      return { kind, ids, unknown, cut: longestFirst(config, ids) };
    case 'WordLevel':
      return { kind, ids, unknown, cut: (text) => [ids.has(text) ? text : (unknown ?? text)] };
  }
}

/** WordPiece: the longest piece that a word begins with, and so on; a word that can't be spelt is unknown. */
function longestFirst(config: Json, ids: ReadonlyMap<string, number>): PieceModel['cut'] {
  const prefix = String(config['continuing_subword_prefix'] ?? '##');
  const most = Number(config['max_input_chars_per_word'] ?? 100);
  const unknown = String(config['unk_token']);
  const longest = [...ids.keys()].reduce((length, piece) => Math.max(length, piece.length), 0);
  return (text) => {
    const characters = [...text];
    if (characters.length > most) return [unknown];
    const pieces: string[] = [];
    for (let start = 0; start < characters.length;) {
      let end = Math.min(characters.length, start + longest);
      const piece = () => (start > 0 ? prefix : '') + characters.slice(start, end).join('');
      while (end > start && !ids.has(piece())) end--;
      if (end === start) return [unknown];
      pieces.push(piece());
      start = end;
    }
    return pieces;
  };
}
