import { expect, test } from 'vitest';
import { captureHeader, KEPT_AS, nothingKept } from '../../../src/renderer/job/capture-job.ts';
import type { Activation, Run, Token } from '../../../src/renderer/runs/run.ts';

const token = (id: number, text: string): Token => ({ id, text, span: null, special: false });

test('every kind of activation is kept as what people call it', () => {
  expect(KEPT_AS).toMatchObject({
    ...{ hidden_state: 'hidden_states', cell: 'hidden_states', embeddings: 'hidden_states' },
    ...{ attention: 'attentions', attention_scores: 'attentions', gate: 'gates', logits: 'logits' },
    ...{ gradient_norm: 'gradient_norm', cell_gradient_norm: 'cell_gradient' },
  });
});

test('a capture that would be empty is refused with what there is', () => {
  const activations = new Map(
    (['hidden_state', 'attention'] as const).map((kind) => [kind, { kind } as Activation]),
  );
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
    facet: () => null,
  } as unknown as Run;
  const logits = { name: 'logits', shape: [2, 5] } as unknown as Activation;
  const { metadata, tensors } = captureHeader(run, [logits], {
    config: { n_layer: 1 },
    remarks: [],
    report: null,
  });
  expect(metadata).toEqual({
    headgate: '1',
    model: 'whale',
    text: 'a b',
    tokens: '[{"id":1,"text":"a"},{"id":2,"text":" b"}]',
    config: '{"n_layer":1}',
  });
  expect(tensors).toEqual([{ name: 'logits', shape: [2, 5] }]);
});

test('labels stand in the metadata in the order of the logits', () => {
  const labels = { labels: 'text', names: ['no', 'yes'], scoring: 'sigmoid', side: 'target', hasNone: false };
  const run = { model: {}, text: '', tokens: [], sourceTokens: null, facet: () => labels } as unknown as Run;
  expect(captureHeader(run, [], { config: null, remarks: [], report: null }).metadata).toMatchObject({
    labels: '["no","yes"]',
    labels_of: 'text',
    problem_type: 'multi_label_classification',
  });
});
