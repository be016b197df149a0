import { expect, test } from 'vitest';
import type { DrawingSize, Mark } from '../../../src/renderer/drawing/drawing.ts';
import { textWidth } from '../../../src/renderer/drawing/text.ts';
import { facetsOf } from '../../../src/renderer/runs/facet.ts';
import type { Run } from '../../../src/renderer/runs/run.ts';
import { bottleneckDrawing } from '../../../src/renderer/views/bottleneck/drawing.ts';
import type { Reading } from '../../../src/renderer/views/bottleneck/reading.ts';
import { tokensOf } from '../drawing/sample.ts';

/** What a translator of eight words is drawn as. */
function marksAt(size: DrawingSize): readonly Mark[] {
  const tokens = tokensOf('un| a| y| o| al| lo| no| rey');
  const run = {
    ...{ model: { id: 'm', name: 'm' }, text: 'a b', tokens, sourceTokens: tokensOf('a| b') },
    facet: facetsOf({}),
  } as unknown as Run;
  const values = new Float32Array(4).fill(0.5);
  const reading: Reading = {
    ...{ run, encoder: [], decoder: [{ layer: 0, hidden: values, cell: null }] as never },
    probabilities: new Float32Array(tokens.length).fill(0.9997),
  };
  const picture = { reference: '', measure: 'bleu', looked: null } as const;
  return bottleneckDrawing(reading, picture, size).marks;
}

test('a sentence that has no room is said in fewer words, and not cut off', () => {
  const said = (width: number) =>
    marksAt({ width, height: 700, text: 12 }).flatMap((mark) =>
      mark.kind === 'text' && mark.text.includes('decoder') ? [mark.text] : [],
    );
  expect(said(900)).toEqual(['4 numbers: all that the decoder knows of the sentence, however long it is']);
  expect(said(400)).toEqual(['4 numbers: all that the decoder knows of the sentence']);
});

test('how sure each word was stands apart from its neighbours, however short the words', () => {
  const marks = marksAt({ width: 1900, height: 900, text: 24 });
  const shares = marks.flatMap((mark: Mark) =>
    mark.kind !== 'group'
      ? []
      : mark.marks.flatMap((own) =>
          own.kind === 'text' && own.text === '>99.9 %' ? [(mark.x ?? 0) + own.x] : [],
        ),
  );
  expect(shares).toHaveLength(8);
  const width = textWidth('>99.9 %', { size: 24 });
  for (const [i, x] of shares.slice(1).entries())
    expect(x - (shares[i] ?? 0)).toBeGreaterThan(width + 24 / 4);
});
