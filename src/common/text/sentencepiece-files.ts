/**
 * tokenizer.json for folders with a sentencepiece model and none of its own (`tokenizer.model`, `spiece.model`,
 * `sentencepiece.bpe.model`), under what tokenizer_config.json and special_tokens_map.json say. Texts go through
 * sentencepiece's own normalizer; what stands around them is that of the classes of Transformers 5.
 */
import type { Json } from '../json.ts';
import { mergesByScore } from './merges.ts';
import { parseSentencepiece, type SentencepieceModel } from './sentencepiece.ts';
import { addedTokens, type VocabularyFolder } from './vocabulary-files.ts';

/** Names of such files, the likeliest first. */
export const SENTENCEPIECE_FILES: readonly string[] = [
  'tokenizer.model',
  'spiece.model',
  'sentencepiece.bpe.model',
];

interface Kind {
  /** Special tokens by their names, where no file says them. */
  readonly named: Readonly<Record<string, string>>;
  readonly addsBos: boolean;
  readonly addsEos: boolean;
  /** Tokens between the texts of a pair, beside those around each. */
  readonly pairs: 'each' | 'roberta';
  /** `<extra_id_99>` … `<extra_id_0>` behind the pieces. */
  readonly extraIds: number;
  /** Ids as fairseq has them: its own four tokens, the pieces without sentencepiece's first three, a mask. */
  readonly isFairseq: boolean;
}

const PLAIN: Kind = {
  named: { unk_token: '<unk>', bos_token: '<s>', eos_token: '</s>' },
  ...{ addsBos: true, addsEos: false, pairs: 'each', extraIds: 0, isFairseq: false },
};
const T5: Kind = {
  ...PLAIN,
  named: { unk_token: '<unk>', eos_token: '</s>', pad_token: '<pad>' },
  ...{ addsBos: false, addsEos: true, extraIds: 100 },
};
const ROBERTA: Kind = {
  named: {
    ...{ unk_token: '<unk>', bos_token: '<s>', eos_token: '</s>', sep_token: '</s>' },
    ...{ cls_token: '<s>', pad_token: '<pad>', mask_token: '<mask>' },
  },
  ...{ addsBos: true, addsEos: true, pairs: 'roberta', extraIds: 0, isFairseq: true },
};
const GEMMA: Kind = {
  ...PLAIN,
  named: { unk_token: '<unk>', bos_token: '<bos>', eos_token: '<eos>', pad_token: '<pad>' },
};

function kindOf({ tokenizerConfig, config }: VocabularyFolder): Kind {
  const name = String(tokenizerConfig['tokenizer_class'] ?? config['tokenizer_class'] ?? '').replace(
    /Fast$/,
    '',
  );
  const type = String(config['model_type'] ?? '');
  if (/^(?:M?T5|UMT5)Tokenizer$/.test(name) || /^(?:m?t5|umt5)$/.test(type)) return T5;
  if (/^XLMRobertaTokenizer$/.test(name) || type === 'xlm-roberta') return ROBERTA;
  if (/^AlbertTokenizer$/.test(name) || type === 'albert')
    throw new Error('it is not all that an ALBERT’s tokenizer is made of; its tokenizer.json is');
  if (/^GemmaTokenizer$/.test(name) || type.startsWith('gemma')) return GEMMA;
  return PLAIN;
}

/**
 * @param bytes the sentencepiece model
 * @throws Error that says what is wrong; its text goes on from “tokenizer.model: ”.
 */
export function sentencepieceTokenizer(bytes: Uint8Array, folder: VocabularyFolder): Json {
  const model = parseSentencepiece(bytes);
  if (model.kind !== 'Unigram' && model.kind !== 'BPE')
    throw new Error(`it is of the kind “${model.kind}”, where Headgate reads Unigram and BPE`);
  const kind = kindOf(folder);
  const pieces = piecesOf(model, kind, folder);
  const ids = Object.fromEntries(pieces.map(([piece], id) => [piece, id]));
  const { named, tokens } = addedTokens(namedOf(model, kind), ids, folder);
  const own = tokens.map((token) =>
    isUserDefined(model, token.content) ? { ...token, special: false } : token,
  );
  const { tokenizerConfig: config } = folder;
  const adds = (name: 'bos' | 'eos', otherwise: boolean) => {
    const given = config[`add_${name}_token`];
    return (typeof given === 'boolean' ? given : otherwise) ? (named[`${name}_token`] ?? null) : null;
  };
  return {
    added_tokens: [...own, ...symbolsOf(model, ids, new Set(own.map(({ content }) => content)))],
    ...stepsOf(model, config),
    post_processor: templateOf(kind, adds('bos', kind.addsBos), adds('eos', kind.addsEos)),
    decoder: decoderOf(model),
    model: modelOf(model, pieces, ids, named.unk_token),
  };
}

type Piece = readonly [text: string, score: number];

/** All ids in their order, those that a class puts before or behind the pieces too. */
function piecesOf(model: SentencepieceModel, kind: Kind, { tokenizerConfig }: VocabularyFolder): Piece[] {
  const own = model.pieces.map(({ text, score }): Piece => [text, score]);
  if (kind.isFairseq)
    return [
      ...['<s>', '<pad>', '</s>', '<unk>'].map((text): Piece => [text, 0]),
      ...own.slice(3),
      ['<mask>', 0] as const,
    ];
  const given = tokenizerConfig['extra_ids'];
  const count =
    typeof given === 'number' && Number.isInteger(given) && given >= 0 && given < 10_000
      ? given
      : kind.extraIds;
  const extra = Array.from({ length: count }, (_, i): Piece => [`<extra_id_${count - 1 - i}>`, 0]);
  const known = new Set(own.map(([text]) => text));
  return [...own, ...extra.filter(([text]) => !known.has(text))];
}

/** The special tokens that the model's own pieces name, where they are not the kind's. */
function namedOf({ pieces }: SentencepieceModel, { named }: Kind): Record<string, string> {
  const unknown = pieces.find(({ kind }) => kind === 'unknown')?.text;
  const known = new Set(pieces.map(({ text }) => text));
  const own = Object.entries(named).filter(
    ([, text]) => known.has(text) || ['<mask>', '<pad>', '<unk>'].includes(text),
  );
  return { ...Object.fromEntries(own), ...(unknown !== undefined && { unk_token: unknown }) };
}

function isUserDefined({ pieces }: SentencepieceModel, text: string): boolean {
  return pieces.some((piece) => piece.kind === 'user-defined' && piece.text === text);
}

/** Control pieces are special tokens; the user's own symbols are found before anything is cut. */
function symbolsOf(
  { pieces, kind: model }: SentencepieceModel,
  ids: Readonly<Record<string, number>>,
  taken: ReadonlySet<string>,
) {
  // What a class put behind the pieces.
  const behind = Object.keys(ids).filter((text) => /^<extra_id_\d+>$/.test(text));
  const controls = behind.map((text) => ({ text, kind: 'control' as const }));
  return [...pieces, ...controls].flatMap(({ text, kind }) => {
    const isSymbol = kind === 'control' || (kind === 'user-defined' && model === 'BPE');
    if (!isSymbol || taken.has(text)) return [];
    // A symbol is spelt with ▁ for its spaces, which a text has as spaces.
    const content = kind === 'control' ? text : text.replaceAll('▁', ' ');
    return [
      {
        ...{ id: ids[text] ?? 0, content, special: kind === 'control' },
        ...{ normalized: false, lstrip: false, rstrip: false, single_word: false },
      },
    ];
  });
}

/**
 * What becomes of a text before it is cut. Of a BPE that changes nothing but spaces, the mark in front stands at the
 * beginning of the text alone, unless `legacy` says before every stretch of it.
 */
function stepsOf(model: SentencepieceModel, config: Json): Json {
  const { normalization: rules } = model;
  const isPlain = rules.charsmap.length === 0 && !rules.removeExtraWhitespaces && !rules.whitespaceAsSuffix;
  const given = config['add_prefix_space'];
  const hasPrefix = typeof given === 'boolean' ? given : rules.addDummyPrefix;
  if (model.kind === 'BPE' && isPlain && rules.escapeWhitespaces)
    return {
      normalizer: null,
      pre_tokenizer: {
        type: 'Metaspace',
        replacement: '▁',
        prepend_scheme: hasPrefix ? (config['legacy'] === true ? 'always' : 'first') : 'never',
        split: false,
        doubles_mark: true,
      },
    };
  let binary = '';
  for (const byte of rules.charsmap) binary += String.fromCharCode(byte);
  return {
    normalizer: {
      type: 'Sentencepiece',
      precompiled_charsmap: btoa(binary),
      add_dummy_prefix: hasPrefix,
      remove_extra_whitespaces: rules.removeExtraWhitespaces,
      escape_whitespaces: rules.escapeWhitespaces,
      treat_whitespace_as_suffix: rules.whitespaceAsSuffix,
      user_defined_symbols: model.pieces
        .filter(({ kind }) => kind === 'user-defined')
        .map(({ text }) => text),
    },
    pre_tokenizer: null,
  };
}

function templateOf(kind: Kind, bos: string | null, eos: string | null): Json {
  const special = (id: string | null) => (id === null ? [] : [{ SpecialToken: { id, type_id: 0 } }]);
  const around = (id: 'A' | 'B') => [...special(bos), { Sequence: { id, type_id: 0 } }, ...special(eos)];
  const second =
    kind.pairs === 'roberta'
      ? [...special(eos), { Sequence: { id: 'B', type_id: 0 } }, ...special(eos)]
      : around('B');
  return {
    type: 'TemplateProcessing',
    single: around('A'),
    pair: [...around('A'), ...second],
    special_tokens: {},
  };
}

function decoderOf({ byteFallback }: SentencepieceModel): Json {
  const spaces = { type: 'Replace', pattern: { String: '▁' }, content: ' ' };
  return byteFallback
    ? { type: 'Sequence', decoders: [spaces, { type: 'ByteFallback' }, { type: 'Fuse' }] }
    : { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true };
}

function modelOf(
  model: SentencepieceModel,
  pieces: readonly Piece[],
  ids: Readonly<Record<string, number>>,
  unknown = '<unk>',
): Json {
  const { byteFallback } = model;
  if (model.kind === 'Unigram')
    return {
      type: 'Unigram',
      unk_id: ids[unknown] ?? 0,
      vocab: cuts(model, pieces),
      byte_fallback: byteFallback,
    };
  const scores = Float32Array.from(pieces, ([, score]) => score);
  const found = model.pieces
    .filter(({ kind }) => kind === 'normal' || kind === 'unused')
    .map(({ text }) => text);
  const { count, first, second } = mergesByScore(
    new Map(found.map((text) => [text, ids[text] ?? 0])),
    scores,
  );
  const pieceOf = (id: number | undefined) => pieces[id ?? 0]?.[0] ?? '';
  return {
    ...{ type: 'BPE', dropout: null, unk_token: unknown, fuse_unk: true, byte_fallback: byteFallback },
    ...{ continuing_subword_prefix: null, end_of_word_suffix: null },
    vocab: ids,
    merges: Array.from({ length: count }, (_, k) => [pieceOf(first[k]), pieceOf(second[k])]),
  };
}

/** Scores of what a text may be cut into; minus infinity for what stands for no text: bytes, beginnings and ends. */
function cuts(model: SentencepieceModel, pieces: readonly Piece[]): Piece[] {
  const kinds = new Map(model.pieces.map(({ text, kind }) => [text, kind]));
  const most = pieces.reduce(
    (best, [text, score]) => (kinds.get(text) === 'normal' ? Math.max(best, score) : best),
    0,
  );
  return pieces.map(([text, score]) => {
    const kind = kinds.get(text);
    if (kind === 'normal') return [text, score];
    // Sentencepiece's own rule, by which the user's symbols win over all others.
    if (kind === 'user-defined') return [text, new TextEncoder().encode(text).length * most - 0.1];
    return [text, -Infinity];
  });
}
