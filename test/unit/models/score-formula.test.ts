import { expect, test } from 'vitest';
import { parseSeq2SeqConfig } from '../../../src/common/configs/seq2seq.ts';
import { scoreFormula } from '../../../src/renderer/models/seq2seq/score-formula.ts';

const side = { vocab_size: 9, embedding_size: 4 };
const stack = { cell: 'gru', hidden_size: 6 };

test.each([
  [{ kind: 'dot' }, 'q · k'],
  [{ kind: 'general' }, 'q · W k'],
  [{ kind: 'general', applied_to: 'query' }, 'W q · k'],
  [{ kind: 'bahdanau', size: 3 }, 'v · tanh(W q + U k)'],
  [{ kind: 'concat', joined: 'query, key' }, 'v · tanh(W [q; k])'],
  [{ kind: 'bahdanau', joined: 'key, query' }, 'v · tanh(W [k; q])'],
])('%j scores by %s', (attention, formula) => {
  const config = parseSeq2SeqConfig({
    model_type: 'seq2seq',
    source: side,
    target: { ...side, start_token_id: 1, end_token_id: 2 },
    encoder: stack,
    bridge: { kind: 'copy' },
    decoder: { ...stack, input: ['embedding'] },
    attention: { query: 'current', ...attention },
    output: { input: ['hidden', 'context'] },
  });
  expect(config.attention && scoreFormula(config.attention)).toBe(formula);
});
