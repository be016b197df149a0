import type { Mark, TextMark } from '../../../src/renderer/drawing/drawing.ts';
import type { Token } from '../../../src/renderer/runs/run.ts';
import type { Series } from '../../../src/renderer/views/memory/series.ts';

export const tokens = (text: string): Token[] =>
  [...text].map((letter, id) => ({ id, text: letter, span: null, special: false }));
/** A curve over letters. */
export const series = (values: readonly number[], given: Partial<Series> = {}): Series => ({
  id: 'a',
  model: { id: 'm', name: 'model' },
  quantity: 'h by h',
  part: '',
  place: 0,
  values: Float32Array.from(values),
  error: null,
  tokens: tokens('abcdefghij'.slice(0, values.length)),
  reverse: false,
  side: 'target',
  distances: null,
  ...given,
});
export const textsOf = (marks: readonly Mark[]): TextMark[] =>
  marks.flatMap((mark) => (mark.kind === 'text' ? [mark] : mark.kind === 'group' ? textsOf(mark.marks) : []));
