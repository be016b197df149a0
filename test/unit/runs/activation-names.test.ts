import { expect, test } from 'vitest';
import {
  activationName,
  recurrentLayerName,
  recurrentStackName,
  unitFeatureName,
} from '../../../src/renderer/runs/activation-names.ts';

const forward = 'forward';
const reverse = 'reverse';

test.each([
  [{ kind: 'hidden_state', layer: 3 }, 'hidden_states.3'],
  [{ kind: 'hidden_state', stack: 'decoder', layer: 0 }, 'decoder_hidden_states.0'],
  [{ kind: 'attention', stack: 'encoder', layer: 1 }, 'encoder_attentions.1'],
  [{ kind: 'cross_attention', layer: 0 }, 'cross_attentions.0'],
  [{ kind: 'hidden_state', layer: 0, direction: forward }, 'rnn.0.hidden'],
  [{ kind: 'cell', stack: 'encoder', layer: 1, direction: reverse }, 'encoder.rnn.1.reverse.cell'],
  [
    { kind: 'gate', gate: 'forget', stack: 'decoder', layer: 2, direction: forward },
    'decoder.rnn.2.gates.forget',
  ],
  [{ kind: 'cell_gradient_norm', layer: 0, direction: forward }, 'rnn.0.cell_gradient_norm'],
  [{ kind: 'embeddings', stack: 'encoder' }, 'encoder.embeddings'],
  [{ kind: 'attention_weights' }, 'attention.weights'],
  [{ kind: 'logits' }, 'logits'],
] as const)('%o is called %s', (key, name) => expect(activationName(key)).toBe(name));

test('stacks and layers have names of their own', () => {
  expect([recurrentStackName(null), recurrentStackName('encoder')]).toEqual(['rnn', 'encoder.rnn']);
  expect(recurrentLayerName({ stack: null, layer: 1, direction: reverse })).toBe('rnn.1.reverse');
  const encoder = { stack: 'encoder', layer: 0, direction: reverse } as const;
  expect(unitFeatureName({ ...encoder, stack: null, direction: forward }, 'capital')).toBe('units.0.capital');
  expect(unitFeatureName(encoder, 'capital')).toBe('encoder.units.0.reverse.capital');
  expect(() => activationName({ kind: 'attention' })).toThrow('has a layer');
});
