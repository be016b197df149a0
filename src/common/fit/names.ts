/** Ways to read the names of a file: what wrappers put in front of them, and what other versions called them. */
import type { TensorInfo } from '../contract.ts';

/** A way to read names, and what it cuts or renames. */
export interface Naming {
  /** What is cut from the beginning of the names; '': nothing. */
  readonly prefix: string;
  readonly rename: (name: string) => string;
}

/** What wrappers leave inside of names: torch.compile, FSDP, activation checkpointing. */
const INNER = /(^|\.)(?:_orig_mod|_fsdp_wrapped_module|_checkpoint_wrapped_module)\.(?=.)/g;
/** What wrappers put in front of all names: DataParallel, torch.compile, PEFT, Lightning, training scripts. */
export const WRAPPERS: readonly string[] = ['module.', '_orig_mod.', '_forward_module.', 'base_model.model.'];
/** The language model inside of one that also sees or hears. */
const LANGUAGE = /(^|\.)(?:language_model|text_model|llm|thinker)\.(?=.)/;
/** A prefix must stand in front of at least so many of the names. */
const SHARE = 0.5;
const MOST_SEGMENTS = 6;

export const plain: Naming = { prefix: '', rename: (name) => name };

/** Names without what wrappers leave inside of them. */
export function withoutWrappers(name: string): string {
  let before;
  let after = name;
  do {
    before = after;
    after = before.replace(INNER, '$1');
  } while (after !== before);
  return after;
}

/** Today's name of a norm's tensor, which files that came from TensorFlow call gamma and beta. */
export function todaysNorm(name: string): string {
  return name
    .replace(/(norm\w*|ln_\w+)\.gamma$/i, '$1.weight')
    .replace(/(norm\w*|ln_\w+)\.beta$/i, '$1.bias');
}

/** OpenAI's own names of a GPT: w and b in a convolution, g and b in a norm. */
function openAiName(name: string): string {
  return name
    .replace(/\b(c_attn|c_proj|c_fc)\.w$/, '$1.weight')
    .replace(/\b(c_attn|c_proj|c_fc|ln_\w+)\.b$/, '$1.bias')
    .replace(/\b(ln_\w+)\.g$/, '$1.weight')
    .replace(/\bwte$/, 'wte.weight')
    .replace(/\bwpe$/, 'wpe.weight');
}

/** Meta's names of a Llama, which llama2.c has too, and Hugging Face's. */
const META: readonly (readonly [RegExp, string])[] = [
  [/^tok_embeddings\.weight$/, 'embed_tokens.weight'],
  [/^output\.weight$/, 'lm_head.weight'],
  [/^(layers\.\d+\.)attention\.w([qkvo])\.weight$/, '$1self_attn.$2_proj.weight'],
  [/^(layers\.\d+\.)feed_forward\.w1\.weight$/, '$1mlp.gate_proj.weight'],
  [/^(layers\.\d+\.)feed_forward\.w2\.weight$/, '$1mlp.down_proj.weight'],
  [/^(layers\.\d+\.)feed_forward\.w3\.weight$/, '$1mlp.up_proj.weight'],
  [/^(layers\.\d+\.)attention_norm\.weight$/, '$1input_layernorm.weight'],
  [/^(layers\.\d+\.)ffn_norm\.weight$/, '$1post_attention_layernorm.weight'],
];

function metaName(name: string): string {
  return META.reduce((now, [pattern, to]) => now.replace(pattern, to), name);
}

/** The side of attention whose rows Meta orders by pairs of a rotation, which Hugging Face has in halves; null: neither. */
export function pairedRows(stored: string): 'query' | 'key' | null {
  const side = /(?:^|\.)layers\.\d+\.attention\.w([qk])\.weight$/.exec(stored)?.[1];
  if (side === undefined) return null;
  return side === 'q' ? 'query' : 'key';
}

/** Paths, as trees of arrays are saved: `lstm/weight_ih_l0`. */
function dotted(name: string): string {
  return name.includes('.') ? name : name.replaceAll('/', '.');
}

/** What older versions and other programs called tensors; all that change a name are tried together. */
export function todaysName(name: string): string {
  return metaName(openAiName(todaysNorm(withoutWrappers(dotted(name)))));
}

/** The name without the step to the language model. */
export function languageName(name: string): string {
  return name.replace(LANGUAGE, '$1');
}

/** The beginnings that many names share, the shortest first. */
export function sharedPrefixes(tensors: readonly Pick<TensorInfo, 'name'>[]): string[] {
  const counts = new Map<string, number>();
  for (const { name } of tensors) {
    const segments = name.split('.', MOST_SEGMENTS + 1).slice(0, -1);
    let prefix = '';
    for (const segment of segments) {
      prefix += `${segment}.`;
      counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
    }
  }
  return [...counts]
    .filter(([, count]) => count >= tensors.length * SHARE)
    .map(([prefix]) => prefix)
    .sort((a, b) => a.length - b.length);
}

/** Cuts a prefix from the names that carry it. */
export function cutting(prefix: string): (name: string) => string {
  return (name) => (name.startsWith(prefix) ? name.slice(prefix.length) : name);
}

/** What wrappers put in front of every name, one after another; '' when some name has none. */
export function wrapping(tensors: readonly Pick<TensorInfo, 'name'>[]): string {
  let prefix = '';
  for (;;) {
    const next = WRAPPERS.find((wrapper) => tensors.every(({ name }) => name.startsWith(prefix + wrapper)));
    if (next === undefined || tensors.length === 0) return prefix;
    prefix += next;
  }
}
