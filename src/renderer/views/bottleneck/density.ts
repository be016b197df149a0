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
  /** What the sentences are is said above them. */
  readonly said: boolean;
  /** Lines that the source may have; more are left out in its middle. */
  readonly sourceLines: number;
  /** Where quality by length stands; `none`: it is left out. */
  readonly chart: 'below' | 'beside' | 'none';
}

const ROOMY: Density = {
  ...{ boxes: true, funnel: 2, row: 2, encoder: true, bar: 3, shares: true },
  ...{ said: true, sourceLines: Infinity, chart: 'below' },
};
const BESIDE: Density = { ...ROOMY, chart: 'beside' };
const CLOSE: Density = {
  ...{ boxes: false, funnel: 1, row: 1.6, encoder: true, bar: 1.4, shares: true },
  ...{ said: true, sourceLines: Infinity, chart: 'beside' },
};
const DENSE: Density = {
  ...{ boxes: false, funnel: 0.5, row: 1.3, encoder: false, bar: 0.9, shares: false },
  ...{ said: true, sourceLines: Infinity, chart: 'beside' },
};

type Shrinking = readonly [density: Density, shrinks: number];

/** Each with what its text shrinks to, 0: not at all, 1: as far as it may; from what has the most room to what has the least. */
const DENSITIES: readonly Shrinking[] = [
  [ROOMY, 0],
  [BESIDE, 0],
  [CLOSE, 0],
  [{ ...CLOSE, shares: false }, 0],
  [DENSE, 0.5],
  [DENSE, 1],
  [{ ...DENSE, sourceLines: 2 }, 1],
];

const LEAST: Density = { ...DENSE, sourceLines: 1, bar: 0.5, funnel: 0.2, row: 1.2 };

/** The densities to try where not all has room: the sentences and the vector carry the point. */
const FOR_POINT: readonly Shrinking[] = [
  [ROOMY, 0],
  [{ ...CLOSE, shares: false }, 0],
  [DENSE, 0.5],
  [DENSE, 1],
  [{ ...DENSE, sourceLines: 2 }, 1],
  [LEAST, 1],
  [{ ...LEAST, said: false }, 1],
];

/** The densities to try. @param chart where quality by length stands when it has no room: left out, or scrolled to */
export function densitiesFor(chart: 'none' | 'below'): readonly Shrinking[] {
  return [
    ...DENSITIES,
    ...FOR_POINT.map(([density, shrinks]): Shrinking => [{ ...density, chart }, shrinks]),
  ];
}

/** How many of them have room for all, the chart as well. */
export const WHOLE = DENSITIES.length;
