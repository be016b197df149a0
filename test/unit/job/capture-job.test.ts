import { expect, test } from 'vitest';
import { captureHeader, isKept, nothingKept } from '../../../src/renderer/job/capture-job.ts';
import type { Activation, Run, Token } from '../../../src/renderer/runs/run.ts';

const token = (id: number, text: string): Token => ({ id, text, span: null, special: false });

test('kinds of activations are kept by name, with their prefixes and layers', () => {
  expect(isKept('hidden_states.3', ['hidden_states'])).toBe(true);
  expect(isKept('decoder_attentions.0', ['attentions'])).toBe(true);
  expect(isKept('logits', ['logits'])).toBe(true);
  expect(isKept('attentions.0', ['hidden_states', 'logits'])).toBe(false);
  expect(isKept('rnn.0.cell', ['hidden_states'])).toBe(true);
  expect(isKept('decoder.rnn.0.gates.forget', ['gates'])).toBe(true);
  expect(isKept('rnn.0.gradient_norm', ['gates', 'hidden_states'])).toBe(false);
  expect(isKept('attention.scores', ['attentions'])).toBe(true);
});

test('a capture that would be empty is refused with what there is', () => {
  const activations = new Map(['hidden_states.0', 'attentions.0'].map((name) => [name, {} as Activation]));
  const model = { id: 'm', name: 'whale', family: 'Mistral', modelType: 'mistral' };
  const run = { model, activations, attention: [{}] as unknown as Run['attention'], facet: () => null };
  expect(nothingKept(run, ['logits', 'gates'])).toMatchObject({
    code: 'nothing-to-keep',
    message: 'whale gives no logits and no gates, so there is nothing to write.',
    hint: 'It gives hidden_states, attentions, head_metrics.',
  });
});

test('the header names the model, the tokens, the config and every tensor', () => {
  const run = {
    model: { id: 'm', name: 'whale', family: 'GPT-2', modelType: 'gpt2' },
    text: 'a b',
    tokens: [token(1, 'a'), token(2, ' b')],
    sourceTokens: null,
  } as unknown as Run;
  const logits = { name: 'logits', shape: [2, 5] } as unknown as Activation;
  const { metadata, tensors } = captureHeader(run, [logits], { config: { n_layer: 1 }, remarks: [] });
  expect(metadata).toEqual({
    headgate: '1',
    model: 'whale',
    text: 'a b',
    tokens: '[{"id":1,"text":"a"},{"id":2,"text":" b"}]',
    config: '{"n_layer":1}',
  });
  expect(tensors).toEqual([{ name: 'logits', shape: [2, 5] }]);
});
