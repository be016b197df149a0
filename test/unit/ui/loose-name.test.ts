import { expect, test } from 'vitest';
import { looseName } from '../../../src/renderer/ui/drop/loose-name.ts';

test.each([
  [['lstm.pt'], 'lstm.pt'],
  [
    ['config.json', 'golden.safetensors', 'model.safetensors', 'tokenizer.json'],
    'model.safetensors and 3 more',
  ],
  [['config.json', 'extra.npz', 'pytorch_model.bin'], 'pytorch_model.bin and 2 more'],
  [['vocab.txt', 'speech.onnx'], 'speech.onnx and 1 more'],
  [['first', 'second'], 'first and 1 more'],
])('files %j dropped beside each other are %s', (names, expected) => {
  expect(looseName(names)).toBe(expected);
});
