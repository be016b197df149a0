/**
 * tokenizer.json for vocabularies in tiktoken's form: a line for each token, its bytes in base64 and its rank. Llama 3's
 * `tokenizer.model` and files that end in `.tiktoken` are of this form. Merges follow from the ranks.
 */
import type { Json } from '../json.ts';
import { mergesByRank } from './merges.ts';
import { characterOfByte } from './pieces.ts';
import { addedTokens, type VocabularyFolder } from './vocabulary-files.ts';

const CL100K = String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`;
const QWEN = CL100K.replace(String.raw`\p{N}{1,3}`, String.raw`\p{N}`);
const GPT2 = String.raw`'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`;
const UPPER = String.raw`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`;
const LOWER = String.raw`[\p{Ll}\p{Lm}\p{Lo}\p{M}]`;
const SHORT = String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)?`;
const O200K = [
  `${UPPER}*${LOWER}+${SHORT}`,
  `${UPPER}+${LOWER}*${SHORT}`,
  String.raw`\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
].join('|');

interface Kind {
  /** How a text is cut before its pieces are looked for. */
  readonly words: string;
  /** Special tokens by their ids, counted from the number of ranks on. */
  readonly special: readonly (readonly [offset: number, token: string])[];
  readonly bos: string | null;
}

const reserved = (from: number, first: number, count: number) =>
  Array.from({ length: count }, (_, i) => [from + i, `<|reserved_special_token_${first + i}|>`] as const);
const LLAMA3: Kind = {
  words: CL100K,
  special: [
    ...([
      [0, '<|begin_of_text|>'],
      [1, '<|end_of_text|>'],
    ] as const),
    ...reserved(2, 0, 4),
    ...([
      [6, '<|start_header_id|>'],
      [7, '<|end_header_id|>'],
      [8, '<|reserved_special_token_4|>'],
    ] as const),
    ...([[9, '<|eot_id|>']] as const),
    ...reserved(10, 5, 246),
  ],
  bos: '<|begin_of_text|>',
};
/** By the number of ranks: what OpenAI's and Meta's vocabularies are known by. */
const BY_SIZE: ReadonlyMap<number, Kind> = new Map([
  [128_000, LLAMA3],
  [50_256, { words: GPT2, special: [[0, '<|endoftext|>']], bos: null }],
  [
    100_256,
    {
      words: CL100K,
      special: [
        [1, '<|endoftext|>'],
        [2, '<|fim_prefix|>'],
        [3, '<|fim_middle|>'],
        [4, '<|fim_suffix|>'],
        [20, '<|endofprompt|>'],
      ],
      bos: null,
    },
  ],
  [
    199_998,
    {
      words: O200K,
      special: [
        [1, '<|endoftext|>'],
        [20, '<|endofprompt|>'],
      ],
      bos: null,
    },
  ],
  [
    151_643,
    {
      words: QWEN,
      special: [
        [0, '<|endoftext|>'],
        [1, '<|im_start|>'],
        [2, '<|im_end|>'],
      ],
      bos: null,
    },
  ],
]);

const MOST_TOKENS = 2 ** 22;
const LINE = /^([A-Za-z0-9+/]+={0,2}) (\d{1,7})$/;

/** True for a file in tiktoken's form: its first line is a token and its rank. */
export function isTiktoken(bytes: Uint8Array): boolean {
  const [line = ''] = new TextDecoder('latin1').decode(bytes.subarray(0, 400)).split(/\r?\n/, 1);
  return LINE.test(line);
}

/** @throws Error that says what is wrong and in which line; its text goes on from “tokenizer.model: ”. */
export function tiktokenTokenizer(bytes: Uint8Array, folder: VocabularyFolder): Json {
  const vocab = ranksOf(new TextDecoder('latin1').decode(bytes));
  const size = Object.keys(vocab).length;
  const type = String(folder.config['model_type'] ?? '');
  const kind = BY_SIZE.get(size) ?? {
    words: type.startsWith('qwen') ? QWEN : CL100K,
    special: [],
    bos: null,
  };
  const special = kind.special.map(([offset, content]) => ({
    ...{ id: size + offset, content, special: true },
    ...{ normalized: false, lstrip: false, rstrip: false, single_word: false },
  }));
  const ids = { ...vocab, ...Object.fromEntries(special.map(({ content, id }) => [content, id])) };
  const { named, tokens } = addedTokens(kind.bos === null ? {} : { bos_token: kind.bos }, ids, folder);
  const own = new Set(tokens.map(({ content }) => content));
  const { add_bos_token: asked } = folder.tokenizerConfig;
  const bos = (typeof asked === 'boolean' ? asked : kind.bos !== null) ? (named.bos_token ?? null) : null;
  const around = (id: 'A' | 'B', segment: number) => [
    ...(bos === null ? [] : [{ SpecialToken: { id: bos, type_id: segment } }]),
    { Sequence: { id, type_id: segment } },
  ];
  return {
    added_tokens: [...tokens, ...special.filter(({ content }) => !own.has(content))],
    normalizer: null,
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: kind.words }, behavior: 'Isolated', invert: false },
        { type: 'ByteLevel', add_prefix_space: false, use_regex: false },
      ],
    },
    post_processor: {
      type: 'TemplateProcessing',
      single: around('A', 0),
      pair: [...around('A', 0), ...around('B', 1)],
      special_tokens: {},
    },
    decoder: { type: 'ByteLevel' },
    model: { type: 'BPE', vocab, merges: mergesOf(vocab), ignore_merges: true },
  };
}

function mergesOf(vocab: Readonly<Record<string, number>>): readonly (readonly [string, string])[] {
  const known = new Map(Object.entries(vocab));
  const pieces = new Map([...known].map(([piece, rank]) => [rank, piece]));
  const { count, first, second } = mergesByRank(known);
  const pieceOf = (rank: number | undefined) => pieces.get(rank ?? 0) ?? '';
  return Array.from({ length: count }, (_, k) => [pieceOf(first[k]), pieceOf(second[k])]);
}

function ranksOf(text: string): Record<string, number> {
  const vocab: Record<string, number> = {};
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line === '') continue;
    const [, token, rank] = LINE.exec(line) ?? [];
    if (token === undefined) throw new Error(`its line ${index + 1} is not a token in base64 and a rank`);
    if (index >= MOST_TOKENS) throw new Error(`it has more than ${MOST_TOKENS} tokens`);
    let piece = '';
    for (const character of atob(token)) piece += characterOfByte(character.charCodeAt(0));
    if (Object.hasOwn(vocab, piece)) throw new Error(`its line ${index + 1} has the token of another line`);
    vocab[piece] = Number(rank);
  }
  return vocab;
}
