/** How llama.cpp's kinds of byte-level BPE (`tokenizer.ggml.pre`) cut a text into words (llama-vocab.cpp). */
import type { Json } from '../../json.ts';
import type { Value } from './metadata.ts';

export interface PreTokenizing {
  readonly normalizer: Json | null;
  readonly preTokenizer: Json;
  /** A word that is a piece stays whole. */
  readonly ignoresMerges: boolean;
  readonly addsBos: boolean;
  /** What was assumed. */
  readonly note: string | null;
}

const words = (digits: string) =>
  String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|${digits}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`;
const split = (regex: string): Json => ({
  type: 'Split',
  pattern: { Regex: regex },
  behavior: 'Isolated',
  invert: false,
});
const bytes = (isPrefixed: boolean, hasWords: boolean): Json => ({
  type: 'ByteLevel',
  add_prefix_space: isPrefixed,
  trim_offsets: true,
  use_regex: hasWords,
});
const sequence = (...steps: Json[]): Json => ({ type: 'Sequence', pretokenizers: steps });

/** llama.cpp's names by the way that they cut. */
const GPT2 = [
  'gpt-2',
  'phi-2',
  'mpt',
  'olmo',
  'jais',
  'trillion',
  'gigachat',
  'exaone4',
  'pythia',
  'gpt-neox',
];
const LLAMA3 = ['llama3', 'llama-v3', 'llama-bpe', 'falcon3', 'pixtral', 'dbrx', 'smaug-bpe'];
const QWEN2 = ['qwen2', 'stablelm2', 'deepseek-r1-qwen', 'megrez', 'hunyuan'];
const DIGITS = ['smollm', 'starcoder', 'refact', 'command-r', 'codeshell', 'exaone'];

export function preTokenizerOf(pre: Value | undefined, isPrefixed: boolean): PreTokenizing {
  const plain = { normalizer: null, ignoresMerges: false, addsBos: false, note: null };
  const name = typeof pre === 'string' ? pre : 'default';
  if (LLAMA3.includes(name))
    return {
      ...plain,
      preTokenizer: sequence(split(words(String.raw`\p{N}{1,3}`)), bytes(isPrefixed, false)),
      ignoresMerges: true,
      addsBos: true,
    };
  if (QWEN2.includes(name))
    return {
      ...plain,
      normalizer: { type: 'NFC' },
      preTokenizer: sequence(split(words(String.raw`\p{N}`)), bytes(isPrefixed, false)),
    };
  if (DIGITS.includes(name))
    return {
      ...plain,
      preTokenizer: sequence({ type: 'Digits', individual_digits: true }, bytes(isPrefixed, true)),
    };
  const isKnown = GPT2.includes(name);
  return {
    ...plain,
    preTokenizer: bytes(isPrefixed, true),
    note: isKnown
      ? null
      : `How texts are cut into words is told as “${name.slice(0, 40)}”; GPT-2's way was taken, so some tokens may differ.`,
  };
}
