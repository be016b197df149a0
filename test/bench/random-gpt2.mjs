/** A GPT-2 of any size with random weights, as a folder on the disk, and texts for it. */
import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** @typedef {{ readonly layers: number, readonly heads: number, readonly width: number, readonly T: number }} Sizes */

const VOCABULARY = 512;

/** @param {string} folder @param {Sizes} sizes */
export function writeRandomGpt2(folder, { layers, heads, width, T }) {
  const config = {
    ...{ model_type: 'gpt2', architectures: ['GPT2LMHeadModel'], vocab_size: VOCABULARY, n_positions: T },
    ...{ n_layer: layers, n_head: heads, n_embd: width, eos_token_id: null, bos_token_id: null },
  };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  const vocab = Object.fromEntries(Array.from({ length: VOCABULARY }, (_, i) => [wordOf(i), i]));
  const tokenizer = {
    ...{ version: '1.0', truncation: null, padding: null, added_tokens: [], normalizer: null },
    ...{ pre_tokenizer: { type: 'WhitespaceSplit' }, post_processor: null, decoder: null },
    model: { type: 'WordLevel', vocab, unk_token: wordOf(0) },
  };
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(tokenizer));
  writeWeights(join(folder, 'model.safetensors'), tensorsOf(layers, width, T));
}

/** As many words, drawn so that they come again and again. @param {number} count */
export function randomText(count) {
  const draw = generator(7);
  return Array.from({ length: count }, () => wordOf(Math.floor(draw() * VOCABULARY))).join(' ');
}

/** @param {number} id */
function wordOf(id) {
  return `w${id}`;
}

/** Names with shapes. @param {number} layers @param {number} width @param {number} T @returns {[string, number[]][]} */
function tensorsOf(layers, width, T) {
  const layer = (/** @type {number} */ l) =>
    Object.entries({
      'ln_1.weight': [width],
      'ln_1.bias': [width],
      'attn.c_attn.weight': [width, 3 * width],
      'attn.c_attn.bias': [3 * width],
      'attn.c_proj.weight': [width, width],
      'attn.c_proj.bias': [width],
      'ln_2.weight': [width],
      'ln_2.bias': [width],
      'mlp.c_fc.weight': [width, 4 * width],
      'mlp.c_fc.bias': [4 * width],
      'mlp.c_proj.weight': [4 * width, width],
      'mlp.c_proj.bias': [width],
    }).map(([name, shape]) => /** @type {[string, number[]]} */ ([`transformer.h.${l}.${name}`, shape]));
  return [
    ['transformer.wte.weight', [VOCABULARY, width]],
    ['transformer.wpe.weight', [T, width]],
    ...Array.from({ length: layers }, (_, l) => layer(l)).flat(),
    ['transformer.ln_f.weight', [width]],
    ['transformer.ln_f.bias', [width]],
  ];
}

/** Tensor by tensor, so that the whole is never in memory. @param {string} path @param {[string, number[]][]} tensors */
function writeWeights(path, tensors) {
  const sizeOf = (/** @type {number[]} */ shape) => shape.reduce((product, size) => product * size, 4);
  /** @type {Record<string, object>} */
  const header = {};
  let at = 0;
  for (const [name, shape] of tensors) {
    header[name] = { dtype: 'F32', shape, data_offsets: [at, at + sizeOf(shape)] };
    at += sizeOf(shape);
  }
  const text = JSON.stringify(header);
  const head = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(head.length));
  const file = openSync(path, 'w');
  try {
    writeSync(file, length);
    writeSync(file, head);
    const draw = generator(1);
    for (const [name, shape] of tensors) {
      const isNorm = /ln_\w+\.weight$/.test(name);
      // As a trained model's: norms near 1, scores far from flat.
      const values = new Float32Array(sizeOf(shape) / 4).map(() => (isNorm ? 1 : 0) + 0.1 * (draw() - 0.5));
      writeSync(file, new Uint8Array(values.buffer));
    }
  } finally {
    closeSync(file);
  }
}

/** Repeatable pseudo-random numbers in [0, 1). @param {number} seed */
function generator(seed) {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}
