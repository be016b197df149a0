import { expectedGpt2Tensors, parseGpt2Config } from '../../../src/common/configs/gpt2.ts';
import { specialToken } from '../text/fixtures.ts';
import { safetensorsOf } from '../formats/make-safetensors.ts';

export const tinyConfig = {
  model_type: 'gpt2',
  n_layer: 1,
  n_head: 2,
  n_embd: 4,
  n_positions: 8,
  vocab_size: 5,
};

const tinyTokenizer = JSON.stringify({
  model: { type: 'BPE', vocab: { a: 0, b: 1, ab: 2, '<end>': 3 }, merges: ['a b'] },
  added_tokens: [specialToken(3, '<end>'), specialToken(4, '<pad>')],
});

/** The shapes of the tiny model's tensors by name, without its tied head. */
export function tinyShapes(): Record<string, readonly number[]> {
  const tensors = expectedGpt2Tensors(parseGpt2Config(tinyConfig), []).filter(({ optional }) => !optional);
  return Object.fromEntries(tensors.map(({ name, shape }) => [name, shape]));
}

/** The files of a GPT-2 folder that is as small as can be. */
export function tinyGpt2(shapes = tinyShapes()): Record<string, string | Uint8Array> {
  return {
    'config.json': JSON.stringify(tinyConfig),
    'tokenizer.json': tinyTokenizer,
    'model.safetensors': safetensorsOf(shapes),
  };
}
