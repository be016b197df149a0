import { beforeEach, expect, test } from 'vitest';
import { SecondText } from '../../../src/renderer/state/session/second-text.svelte.ts';

let session: {
  model: { source: { model: { files: { name: string }[] } } };
  run: { activations: Map<string, unknown> };
  pair: string | null;
  setPair(pair: string | null): void;
};
let second: SecondText;
beforeEach(() => {
  session = {
    model: { source: { model: { files: [] } } },
    run: { activations: new Map([['sentence_embedding', {}]]) },
    pair: null,
    setPair(pair) {
      session.pair = pair;
    },
  };
  second = new SecondText(session as never);
});

test('a second text is one of a pair until the user compares with it; it goes along', () => {
  second.set('The sea.');
  expect([second.use, session.pair, second.compared]).toEqual(['pair', 'The sea.', null]);
  second.setUse('comparison');
  expect([second.use, session.pair, second.compared]).toEqual(['comparison', null, 'The sea.']);
  second.set('The ocean.');
  second.setUse('pair');
  expect([second.value, session.pair, second.compared]).toEqual(['The ocean.', 'The ocean.', null]);
});

test('folders of sentence-transformers compare at first', () => {
  session.model.source.model.files.push({ name: 'modules.json' });
  expect(second.use).toBe('comparison');
});

test('without an embedding there is nothing to compare', () => {
  second.setUse('comparison');
  second.set('The sea.');
  session.run.activations.clear();
  expect([second.canCompare, second.use, second.compared]).toEqual([false, 'pair', null]);
});
