/** How close the parts of the picture stand: as much as has room. Lengths are of the size of text. */
export interface Density {
  /** Words that were read stand in boxes of their own. */
  readonly boxes: boolean;
  /** Height of the shadows between the sentences and the vector. */
  readonly funnel: number;
  /** Height of a row of the vector. */
  readonly row: number;
  /** What the encoder ends with, where the bridge makes other numbers of it. */
  readonly encoder: boolean;
  /** Height of the bars of certainty, and whether numbers stand below them. */
  readonly bar: number;
  readonly shares: boolean;
  /** Where quality by length stands. */
  readonly chart: 'below' | 'beside';
}

const ROOMY: Density = {
  ...{ boxes: true, funnel: 2, row: 2, encoder: true, bar: 3, shares: true, chart: 'below' },
};
const BESIDE: Density = { ...ROOMY, chart: 'beside' };
const CLOSE: Density = {
  ...{ boxes: false, funnel: 1, row: 1.6, encoder: true, bar: 1.4, shares: true, chart: 'beside' },
};
const DENSE: Density = {
  ...{ boxes: false, funnel: 0.5, row: 1.3, encoder: false, bar: 0.9, shares: false, chart: 'beside' },
};

/** Each with what its text shrinks to, 0: not at all, 1: as far as it may; from what has the most room to what has the least. */
export const DENSITIES: readonly (readonly [density: Density, shrinks: number])[] = [
  [ROOMY, 0],
  [BESIDE, 0],
  [CLOSE, 0],
  [{ ...CLOSE, shares: false }, 0],
  [DENSE, 0.5],
  [DENSE, 1],
  // The sentences and the vector come first; the chart is scrolled to.
  [{ ...DENSE, chart: 'below' }, 1],
];
