/**
 * The tokenizer of one side of a Marian folder: a sentencepiece model (`source.spm` or `target.spm`) finds the pieces, a
 * vocabulary of its own (`vocab.json`) gives their ids, as Transformers' MarianTokenizer does it.
 */
import type { Json } from '../json.ts';
import { parseSentencepiece, type SentencepieceModel } from './sentencepiece.ts';
import { addedTokens, type VocabularyFolder } from './vocabulary-files.ts';

/** Ids that stand in a file of their own. */
export interface PieceIds {
  readonly byPiece: ReadonlyMap<string, number>;
  /** Id of every piece that has none. */
  readonly unknown: number;
  /** What is one piece where a stretch of text begins with it. */
  readonly leading: RegExp;
}

/** `>>fra<<`: the language to translate to; also codes that the vocabulary lacks, and then they are unknown. */
const LANGUAGE_CODE = /^>>[^]*?<</;
const NAMED = { eos_token: '</s>', unk_token: '<unk>', pad_token: '<pad>' };

/**
 * @param bytes the sentencepiece model
 * @param vocabulary its file's name and its checked ids
 * @throws Error that says what is wrong; its text goes on from “source.spm: ”.
 */
export function marianTokenizer(
  bytes: Uint8Array,
  vocabulary: { readonly name: string; readonly ids: Json },
  folder: VocabularyFolder,
): { readonly json: Json; readonly ids: PieceIds } {
  const model = parseSentencepiece(bytes);
  if (model.kind !== 'Unigram')
    throw new Error(`it is of the kind “${model.kind}”, where Headgate reads Unigram`);
  const { named, tokens } = addedTokens(NAMED, vocabulary.ids, folder);
  const unknown = vocabulary.ids[named.unk_token ?? ''];
  if (typeof unknown !== 'number')
    throw new Error(`${vocabulary.name} has no “${named.unk_token}”, which stands for unknown pieces`);
  const end = tokens.find(({ content }) => content === named.eos_token);
  const byPiece = new Map(Object.entries(vocabulary.ids).map(([piece, id]) => [piece, Number(id)]));
  for (const { content, id } of tokens) byPiece.set(content, id);
  const item = (id: 'A' | 'B') => ({ Sequence: { id, type_id: 0 } });
  const last = { SpecialToken: { id: end?.content, type_id: 0 } };
  return {
    ids: { byPiece, unknown, leading: LANGUAGE_CODE },
    json: {
      added_tokens: tokens,
      normalizer: normalizerOf(model),
      post_processor: {
        type: 'TemplateProcessing',
        single: [item('A'), last],
        pair: [item('A'), item('B'), last],
        special_tokens: {},
      },
      decoder: { type: 'Metaspace', replacement: '▁' },
      model: {
        type: 'Unigram',
        // No text has the empty piece in it.
        ...{ unk_id: 0, vocab: [['', leastScore(model)], ...lattice(model)] },
        byte_fallback: model.byteFallback,
      },
    },
  };
}

/** What a text may be cut into: not what stands for bytes, for unknown text, or for beginnings and ends. */
function lattice({ pieces }: SentencepieceModel): (readonly [string, number])[] {
  const most = pieces.reduce(
    (best, { score, kind }) => (kind === 'normal' ? Math.max(best, score) : best),
    0,
  );
  return pieces.flatMap(({ text, score, kind }) => {
    if (kind === 'normal') return [[text, score] as const];
    // Sentencepiece's own rule, by which these win over all others.
    const bytes = new TextEncoder().encode(text).length;
    return kind === 'user-defined' ? [[text, bytes * most - 0.1] as const] : [];
  });
}

function leastScore({ pieces }: SentencepieceModel): number {
  return pieces.reduce(
    (least, { score, kind }) => (kind === 'normal' ? Math.min(least, score) : least),
    Infinity,
  );
}

function normalizerOf({ normalization, pieces }: SentencepieceModel): Json {
  let binary = '';
  for (const byte of normalization.charsmap) binary += String.fromCharCode(byte);
  return {
    type: 'Sentencepiece',
    precompiled_charsmap: btoa(binary),
    add_dummy_prefix: normalization.addDummyPrefix,
    remove_extra_whitespaces: normalization.removeExtraWhitespaces,
    escape_whitespaces: normalization.escapeWhitespaces,
    treat_whitespace_as_suffix: normalization.whitespaceAsSuffix,
    user_defined_symbols: pieces.filter(({ kind }) => kind === 'user-defined').map(({ text }) => text),
  };
}
