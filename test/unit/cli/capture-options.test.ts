import { expect, test } from 'vitest';
import { captureRequest } from '../../../src/main/cli/capture-options.ts';

test('a text alone keeps everything', () => {
  expect(captureRequest({ text: 'hi' })).toEqual({
    kind: 'capture',
    text: 'hi',
    keep: ['hidden_states', 'attentions', 'logits', 'gates', 'gradient_norm', 'cell_gradient'],
  });
});

test('a pair, a target and what is kept', () => {
  expect(captureRequest({ text: 'a', pair: '', target: 'b', keep: 'gates, logits' })).toEqual({
    kind: 'capture',
    text: 'a',
    pair: '',
    target: 'b',
    keep: ['gates', 'logits'],
  });
});

test('how a text goes on', () => {
  const values = {
    text: 'a',
    generate: '8',
    temperature: '0.7',
    'top-k': '5',
    'top-p': '0.9',
    seed: '0',
    beams: '4',
  };
  expect(captureRequest(values).generate).toEqual({
    maxTokens: 8,
    temperature: 0.7,
    topK: 5,
    topP: 0.9,
    seed: 0,
    beams: 4,
  });
  expect(captureRequest({ text: 'a', beams: '2' }).generate).toEqual({ beams: 2 });
});

test.each([
  [{}, '--text'],
  [{ text: 'a', keep: 'everything' }, '--keep'],
  [{ text: 'a', generate: '0' }, '--generate'],
  [{ text: 'a', generate: '' }, '--generate'],
  [{ text: 'a', generate: '3', temperature: '-1' }, '--temperature'],
  [{ text: 'a', generate: '3', 'top-p': '1.5' }, '--top-p'],
  [{ text: 'a', generate: '3', 'top-k': '2.5' }, '--top-k'],
  [{ text: 'a', seed: '3' }, '--seed'],
  [{ text: 'a', target: 'b', generate: '3' }, '--target'],
])('%j is refused, and the sentence names %s', (values, named) => {
  expect(() => captureRequest(values)).toThrow(named);
});

test('the lens in short, and only beside the lens', () => {
  expect(captureRequest({ text: 'a', keep: 'lens,head_metrics,mlp', top: '5' })).toMatchObject({
    keep: ['lens', 'head_metrics', 'mlp'],
    top: 5,
  });
  expect(() => captureRequest({ text: 'a', top: '5' })).toThrow('--top is about the lens');
  expect(() => captureRequest({ text: 'a', keep: 'lens', top: '129' })).toThrow('from 1 to 128');
});
