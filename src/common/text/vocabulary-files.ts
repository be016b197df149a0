/**
 * tokenizer.json for folders without one: a BERT's `vocab.txt`, or `vocab.json` and `merges.txt` of a byte-level BPE, under
 * what tokenizer_config.json, special_tokens_map.json, added_tokens.json and config.json say. The pipelines are those of
 * the tokenizer classes of Transformers 5.
 */
import { linesOf } from './lines.ts';
import type { AddedToken } from './added-tokens.ts';
import { isObject, type Json } from '../json.ts';

/** The files of one folder, parsed; absent ones are empty objects. */
export interface VocabularyFolder {
  readonly config: Json;
  readonly tokenizerConfig: Json;
  readonly specialTokens: Json;
  readonly addedTokens: Json;
}

const NAMES = [
  'bos_token',
  'eos_token',
  'unk_token',
  'sep_token',
  'pad_token',
  'cls_token',
  'mask_token',
] as const;
type Named = Partial<Record<(typeof NAMES)[number], string>>;

const QWEN_WORDS = String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`;

/** What each kind of byte-level BPE names its special tokens, if the folder does not say. */
const BYTE_LEVEL = {
  gpt2: { bos_token: '<|endoftext|>', eos_token: '<|endoftext|>', unk_token: '<|endoftext|>' },
  neox: {
    ...{ bos_token: '<|endoftext|>', eos_token: '<|endoftext|>', unk_token: '<|endoftext|>' },
    pad_token: '<|padding|>',
  },
  qwen2: { eos_token: '<|endoftext|>', unk_token: '<|endoftext|>', pad_token: '<|endoftext|>' },
  roberta: {
    ...{ bos_token: '<s>', eos_token: '</s>', unk_token: '<unk>', sep_token: '</s>' },
    ...{ pad_token: '<pad>', cls_token: '<s>', mask_token: '<mask>' },
  },
} as const satisfies Record<string, Named>;
type ByteLevelKind = keyof typeof BYTE_LEVEL;

/** Tokenizer classes by what they do; all others need their tokenizer.json. */
const KIND_BY_CLASS: Readonly<Record<string, ByteLevelKind>> = {
  ...{ GPT2Tokenizer: 'gpt2', CodeGenTokenizer: 'gpt2' },
  ...{ GPTNeoXTokenizer: 'neox', Qwen2Tokenizer: 'qwen2' },
  ...{ RobertaTokenizer: 'roberta', BartTokenizer: 'roberta', LongformerTokenizer: 'roberta' },
  ...{ LEDTokenizer: 'roberta', MvpTokenizer: 'roberta' },
};
/** Classes that say nothing of the vocabulary: the model type decides. */
const GENERAL_CLASSES = ['', 'TokenizersBackend', 'PreTrainedTokenizer'];
const KIND_BY_MODEL_TYPE: readonly (readonly [RegExp, ByteLevelKind])[] = [
  [/^(roberta|xlm-roberta|bart|longformer|led|mvp|data2vec-text|ibert)/, 'roberta'],
  [/^qwen/, 'qwen2'],
  [/^(gpt_neox|mamba|olmo|mpt|rwkv)/, 'neox'],
];

/** Special tokens of WordPiece vocabularies, if the folder does not say. */
const BERT = {
  ...{ unk_token: '[UNK]', sep_token: '[SEP]', pad_token: '[PAD]', cls_token: '[CLS]' },
  mask_token: '[MASK]',
};
const MPNET = {
  ...{ unk_token: '[UNK]', bos_token: '<s>', eos_token: '</s>', sep_token: '</s>', pad_token: '<pad>' },
  ...{ cls_token: '<s>', mask_token: '<mask>' },
};

/**
 * BERT's WordPiece over `vocab.txt`, one piece a line; an MPNet's text is framed as a RoBERTa's.
 * @throws Error for a vocabulary without the special tokens.
 */
export function wordPieceTokenizer(vocabulary: string, folder: VocabularyFolder): Json {
  const lines = linesOf('vocab.txt', vocabulary, /\r\n|\r|\n/);
  const vocab = Object.fromEntries(lines.map((piece, id) => [piece, id]));
  const { tokenizerConfig: config } = folder;
  const isMpnet = /^MPNetTokenizer/.test(className(folder)) || folder.config['model_type'] === 'mpnet';
  const { named, tokens } = addedTokens(isMpnet ? MPNET : BERT, vocab, folder);
  for (const name of ['unk_token', 'cls_token', 'sep_token'] as const)
    if (!Object.hasOwn(vocab, named[name] ?? ''))
      throw new Error(`it has no “${named[name]}”, which a BERT needs`);
  const item = (name: 'cls_token' | 'sep_token', segment: number) => ({
    SpecialToken: { id: named[name], type_id: segment },
  });
  const single = [item('cls_token', 0), { Sequence: { id: 'A', type_id: 0 } }, item('sep_token', 0)];
  return {
    added_tokens: tokens,
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: config['tokenize_chinese_chars'] !== false,
      strip_accents: config['strip_accents'] ?? null,
      lowercase: config['do_lower_case'] !== false,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: isMpnet
      ? { type: 'RobertaProcessing', cls: [named.cls_token], sep: [named.sep_token] }
      : {
          type: 'TemplateProcessing',
          single,
          pair: [...single, { Sequence: { id: 'B', type_id: 1 } }, item('sep_token', 1)],
          special_tokens: {},
        },
    decoder: { type: 'WordPiece', prefix: '##' },
    model: {
      type: 'WordPiece',
      unk_token: named.unk_token,
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab,
    },
  };
}

/**
 * Byte-level BPE over `vocab.json` and `merges.txt`, as the folder's tokenizer class or model type says.
 * @throws Error for a class that this is not enough for.
 */
export function byteLevelTokenizer(vocab: Json, merges: string, folder: VocabularyFolder): Json {
  const kind = byteLevelKind(folder);
  const { tokenizerConfig: config } = folder;
  const { named, tokens } = addedTokens(BYTE_LEVEL[kind], vocab, folder);
  const addPrefixSpace = config['add_prefix_space'] === true;
  const bytes = { type: 'ByteLevel', add_prefix_space: addPrefixSpace, use_regex: kind !== 'qwen2' };
  const split = { type: 'Split', pattern: { Regex: QWEN_WORDS }, behavior: 'Isolated', invert: false };
  return {
    added_tokens: tokens,
    normalizer: kind === 'qwen2' || kind === 'neox' ? { type: 'NFC' } : null,
    pre_tokenizer: kind === 'qwen2' ? { type: 'Sequence', pretokenizers: [split, bytes] } : bytes,
    post_processor:
      kind === 'roberta'
        ? { type: 'RobertaProcessing', cls: [named.cls_token], sep: [named.sep_token] }
        : aroundText(named, config),
    decoder: { type: 'ByteLevel' },
    model: { type: 'BPE', vocab, merges: mergeLines(merges) },
  };
}

/** The tokenizer class that the folder names; empty: none. */
function className({ config, tokenizerConfig }: VocabularyFolder): string {
  const found = tokenizerConfig['tokenizer_class'] ?? config['tokenizer_class'];
  return typeof found === 'string' ? found.replace(/Fast$/, '') : '';
}

function byteLevelKind(folder: VocabularyFolder): ByteLevelKind {
  const name = className(folder);
  const kind = KIND_BY_CLASS[name];
  if (kind !== undefined) return kind;
  if (!GENERAL_CLASSES.includes(name))
    throw new Error(`vocab.json and merges.txt are not all that a ${name} is made of`);
  const type = String(folder.config['model_type'] ?? '');
  return KIND_BY_MODEL_TYPE.find(([pattern]) => pattern.test(type))?.[1] ?? 'gpt2';
}

function mergeLines(text: string): string[] {
  return linesOf('merges.txt', text).filter((line) => line !== '' && !line.startsWith('#version'));
}

/** `add_bos_token` and `add_eos_token`, as OPT has them. */
function aroundText(named: Named, config: Json): Json {
  const piece = (name: 'bos_token' | 'eos_token', segment: number) => {
    const content = named[name];
    const isAdded = config[`add_${name}`] === true && content !== undefined;
    return isAdded ? [{ SpecialToken: { id: content, type_id: segment } }] : [];
  };
  const around = (id: 'A' | 'B', segment: number) => [
    ...piece('bos_token', segment),
    { Sequence: { id, type_id: segment } },
    ...piece('eos_token', segment),
  ];
  return { type: 'TemplateProcessing', single: around('A', 0), pair: [...around('A', 0), ...around('B', 1)] };
}

/** The special tokens by their names, and all tokens that are looked for before anything else. */
export function addedTokens(
  defaults: Named,
  vocab: Json,
  { tokenizerConfig, specialTokens, addedTokens: listed }: VocabularyFolder,
): { readonly named: Named; readonly tokens: AddedToken[] } {
  const found = new Map<string, Omit<AddedToken, 'id'> & { readonly id: number | null }>();
  const add = (value: unknown, id: number | null, isSpecial: boolean): string | null => {
    const token = isObject(value) ? value : { content: value };
    const { content } = token;
    if (typeof content !== 'string' || content === '') return null;
    const is = (name: string) => token[name] === true;
    found.set(content, {
      id: id ?? found.get(content)?.id ?? null,
      content,
      special: isSpecial || is('special') || found.get(content)?.special === true,
      normalized: isSpecial ? is('normalized') : token['normalized'] !== false,
      lstrip: is('lstrip'),
      rstrip: is('rstrip'),
      single_word: is('single_word'),
    });
    return content;
  };
  for (const [content, id] of Object.entries(listed)) add(content, Number(id), false);
  const decoder = isObject(tokenizerConfig['added_tokens_decoder'])
    ? tokenizerConfig['added_tokens_decoder']
    : {};
  for (const [id, token] of Object.entries(decoder)) add(token, Number(id), false);
  const named: Named = {};
  for (const name of NAMES) {
    const value = tokenizerConfig[name] ?? specialTokens[name] ?? defaults[name];
    const known = typeof value === 'string' ? found.get(value) : undefined;
    const content = add(known ?? value, null, true);
    if (content !== null) named[name] = content;
  }
  const extra = tokenizerConfig['additional_special_tokens'] ?? specialTokens['additional_special_tokens'];
  if (Array.isArray(extra)) for (const token of extra) add(token, null, true);
  const taken = [...Object.values(vocab), ...[...found.values()].map(({ id }) => id)];
  let next = taken.reduce((most: number, id) => Math.max(most, Number(id ?? -1)), -1) + 1;
  const tokens = [...found.values()].map((token) => {
    const own = vocab[token.content];
    return { ...token, id: typeof own === 'number' ? own : (token.id ?? next++) };
  });
  return { named, tokens };
}
