import { expect, test } from 'vitest';
import { outputName, outputText } from '../../../src/renderer/common/output-text.ts';
import { facetsOf } from '../../../src/renderer/runs/facet.ts';
import type { Labels } from '../../../src/renderer/runs/facets/labels.ts';

const labelled = (labels: Labels['labels']) => ({
  facet: facetsOf({
    labels: { labels, names: ['very good'], scoring: 'softmax', side: 'target', hasNone: false },
  }),
});

test('spaces of tokens are seen; labels stand as their model writes them, and those of a text at no place', () => {
  const [token, label] = [{ text: ' sea' }, { text: 'very good' }];
  expect(outputText({ facet: facetsOf({}) }, token)).toBe('·sea');
  expect(outputName({ facet: facetsOf({}) }, token, 'at 3')).toBe('“·sea” at 3');
  expect(outputName(labelled('tokens'), label, 'at 3')).toBe('“very good” at 3');
  expect(outputName(labelled('text'), label, 'at 3')).toBe('“very good”');
});
