/** tokenizer.json and tokenizer_config.json of a GGUF file's metadata, as Transformers would have saved them. */
import type { ByteSource } from '../../byte-source.ts';
import type { Json } from '../../json.ts';
import { JsonBytes, type Written } from '../../json-bytes.ts';
import type { Metadata } from './metadata.ts';
import { mergesByScore } from '../../text/merges.ts';
import { idsOf, type Made } from './made-tokenizer.ts';
import { around } from './post-processor.ts';
import { preTokenizerOf } from './pre-tokenizers.ts';
import { Vocabulary } from './vocabulary.ts';
import { wordPiece } from './word-piece.ts';

export interface MadeTokenizer {
  readonly files: readonly ByteSource[];
  readonly notes: readonly string[];
}

/** @returns null when the file has no vocabulary; no files but a note when it is of a kind that is not known. */
export function tokenizerOf(file: string, metadata: Metadata): MadeTokenizer | null {
  const given = metadata.get('tokenizer.huggingface.json');
  const kind = metadata.get('tokenizer.ggml.model');
  if (typeof kind !== 'string' || kind === 'no_vocab' || kind === 'none') return null;
  const vocabulary = new Vocabulary(file, metadata);
  const config = fileOf('tokenizer_config.json', (to) => {
    to.value(tokenizerConfig(vocabulary, metadata));
  });
  if (typeof given === 'string')
    return {
      files: [
        fileOf('tokenizer.json', (to) => {
          to.raw(given);
        }),
        config,
      ],
      notes: [],
    };
  const make = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
  if (make === undefined)
    return {
      files: [],
      notes: [
        `The tokenizer is of the kind “${kind.slice(0, 40)}”, which is not read: put the model's tokenizer.json beside the file.`,
      ],
    };
  const { parts, addsBos, addsEos, notes = [] } = make(vocabulary, metadata);
  const flag = (name: string, otherwise: boolean) => {
    const value = metadata.get(`tokenizer.ggml.${name}`);
    return typeof value === 'boolean' ? value : otherwise;
  };
  const json = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: (to: JsonBytes) => {
      to.list(vocabulary.addedTokens(), (token) => {
        to.value(token);
      });
    },
    ...parts,
    post_processor:
      parts['post_processor'] ??
      around(vocabulary, flag('add_bos_token', addsBos), flag('add_eos_token', addsEos)),
  };
  const whole = fileOf('tokenizer.json', (to) => {
    to.value(json);
  });
  return { files: [whole, config], notes };
}

function fileOf(name: string, write: Written): ByteSource {
  const json = new JsonBytes();
  write(json);
  return json.source(name);
}

const KINDS: Readonly<Record<string, (vocabulary: Vocabulary, metadata: Metadata) => Made>> = {
  gpt2: byteLevel,
  llama: sentencepiece,
  t5: unigram,
  bert: wordPiece,
};

/** Byte-level BPE. */
function byteLevel(vocabulary: Vocabulary, metadata: Metadata): Made {
  const { normalizer, preTokenizer, ignoresMerges, addsBos, note } = preTokenizerOf(
    metadata.get('tokenizer.ggml.pre'),
    metadata.get('tokenizer.ggml.add_space_prefix') === true,
  );
  return {
    parts: {
      normalizer,
      pre_tokenizer: preTokenizer,
      decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
      model: {
        ...BPE,
        ignore_merges: ignoresMerges,
        vocab: idsOf(vocabulary),
        merges: mergesOf(vocabulary),
      },
    },
    addsBos,
    addsEos: false,
    notes: note === null ? [] : [note],
  };
}

const BPE = {
  type: 'BPE',
  dropout: null,
  unk_token: null,
  continuing_subword_prefix: null,
  end_of_word_suffix: null,
  fuse_unk: false,
  byte_fallback: false,
};

/** The pairs of the file, each in one text. */
function mergesOf(vocabulary: Vocabulary): Written {
  const merges = vocabulary.merges();
  return (to) => {
    to.list(indices(merges.length), (k) => {
      to.text(merges.bytes(k));
    });
  };
}

/** Pairs that follow from the scores. */
function scoredMergesOf(vocabulary: Vocabulary): Written {
  const { tokens } = vocabulary;
  const { count, first, second } = mergesByScore(vocabulary.ids(), vocabulary.scores());
  return (to) => {
    to.list(indices(count), (k) => {
      to.list([first[k] ?? 0, second[k] ?? 0], (id) => {
        to.text(tokens.bytes(id));
      });
    });
  };
}

function* indices(count: number): Generator<number> {
  for (let k = 0; k < count; k++) yield k;
}

const pattern = (text: string) => ({ String: text });

/** Sentencepiece's BPE with bytes for what it does not know; merges follow from the scores. */
function sentencepiece(vocabulary: Vocabulary, metadata: Metadata): Made {
  const hasPrefix = metadata.get('tokenizer.ggml.add_space_prefix') !== false;
  const marks = { type: 'Replace', pattern: pattern(' '), content: '▁' };
  return {
    parts: {
      normalizer: {
        type: 'Sequence',
        normalizers: [...(hasPrefix ? [{ type: 'Prepend', prepend: '▁' }] : []), marks],
      },
      pre_tokenizer: null,
      decoder: {
        type: 'Sequence',
        decoders: [
          { type: 'Replace', pattern: pattern('▁'), content: ' ' },
          { type: 'ByteFallback' },
          { type: 'Fuse' },
          ...(hasPrefix ? [{ type: 'Strip', content: ' ', start: 1, stop: 0 }] : []),
        ],
      },
      model: {
        ...BPE,
        unk_token: vocabulary.unknown(),
        fuse_unk: true,
        byte_fallback: true,
        vocab: idsOf(vocabulary),
        merges: scoredMergesOf(vocabulary),
      },
    },
    addsBos: true,
    addsEos: false,
  };
}

const SPARE_SPACES = [
  { type: 'Strip', strip_left: false, strip_right: true },
  { type: 'Replace', pattern: { Regex: ' {2,}' }, content: '▁' },
];

/** Sentencepiece's Unigram, as T5 has it. */
function unigram(vocabulary: Vocabulary, metadata: Metadata): Made {
  const table = metadata.get('tokenizer.ggml.precompiled_charsmap');
  const scores = vocabulary.scores();
  const metaspace = { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true };
  return {
    parts: {
      normalizer: {
        type: 'Sequence',
        normalizers: [
          ...(table instanceof Uint8Array && table.length > 0
            ? [{ type: 'Precompiled', precompiled_charsmap: base64(table) }]
            : []),
          ...(metadata.get('tokenizer.ggml.remove_extra_whitespaces') === false ? [] : SPARE_SPACES),
        ],
      },
      pre_tokenizer: metaspace,
      decoder: metaspace,
      model: {
        type: 'Unigram',
        unk_id: vocabulary.unknownId(),
        vocab: (to: JsonBytes) => {
          to.list(indices(vocabulary.tokens.length), (id) => {
            to.raw('[');
            to.text(vocabulary.tokens.bytes(id));
            to.raw(`,${scores[id] ?? 0}]`);
          });
        },
        byte_fallback: false,
      },
    },
    addsBos: false,
    addsEos: true,
  };
}

function base64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192)
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}

function tokenizerConfig(vocabulary: Vocabulary, metadata: Metadata): Json {
  const names = {
    bos_token: 'bos',
    eos_token: 'eos',
    unk_token: 'unknown',
    sep_token: 'seperator',
    pad_token: 'padding',
    cls_token: 'cls',
    mask_token: 'mask',
  };
  const named = Object.entries(names).map(([name, key]) => [name, vocabulary.special(key)]);
  const chat = metadata.get('tokenizer.chat_template');
  return {
    ...Object.fromEntries(named.filter(([, token]) => token !== null)),
    ...(typeof chat === 'string' && { chat_template: chat }),
  };
}
