/** What a curve of the memory view is, and how it is told from others. */
import type { Side } from '../../runs/place.ts';
import type { Token } from '../../runs/run.ts';

/** What is derived by what; `spectral` is ‖∂h_T/∂h_t‖ by its largest singular value. */
export type Quantity = 'h by h' | 'c by c' | 'h by c' | 'c by h' | 'spectral' | 'logit by x';

/** One curve: a number for every step. */
export interface Series {
  /** Unique among those that are drawn. */
  readonly id: string;
  readonly model: { readonly id: string; readonly name: string };
  readonly quantity: Quantity;
  /** What it is of, within its model. */
  readonly part: string;
  /** The same beside other models, where there is little room; left out: `part`. */
  readonly brief?: string;
  /** Which of its model's layers and directions, from 0: its stroke. */
  readonly place: number;
  /** [T], by step. */
  readonly values: Float32Array;
  /** One standard error as a fraction of the value, [T]; null: exact. */
  readonly error: Float32Array | null;
  /** What the steps stand for, [T], and of which of the run's sequences they are. */
  readonly tokens: readonly Token[];
  readonly side: Side;
  /** How many steps of the run that is looked at each step stands before its last one, [T]; null: as many as it has. */
  readonly distances: Float32Array | null;
  /** Read from the end of the text: the state that is derived stands at its beginning. */
  readonly reverse: boolean;
}

/** How the quantities are written. */
export const FORMULAS: Readonly<Record<Quantity, string>> = {
  'h by h': '‖∂h_T/∂h_t‖',
  'c by c': '‖∂c_T/∂c_t‖',
  'h by c': '‖∂h_T/∂c_t‖',
  'c by h': '‖∂c_T/∂h_t‖',
  spectral: 'σ₁ of ∂h_T/∂h_t',
  'logit by x': '‖∂logit/∂x_t‖',
};

/** Widths of strokes, of the usual one: the cell's curve carries the lesson. */
export const WIDTHS: Readonly<Record<Quantity, number>> = {
  'h by h': 1,
  'c by c': 1.8,
  'h by c': 0.55,
  'c by h': 0.55,
  spectral: 0.55,
  'logit by x': 1,
};

/** A stroke for each layer and direction: lengths of dashes and gaps. */
const DASHES: readonly (readonly number[])[] = [[], [7, 4], [2, 3], [10, 3, 2, 3], [14, 4], [1, 4]];

/** The dashes of a curve; none: a solid line. */
export function dashOf({ place }: Pick<Series, 'place'>, scale: number): readonly number[] | undefined {
  const dashes = DASHES[place % DASHES.length] ?? [];
  return dashes.length === 0 ? undefined : dashes.map((length) => length * scale);
}

/** Names of curves beside each other: what they have in common is left out where there are several models. */
export function namesOf(
  all: readonly Series[],
): (series: Pick<Series, 'model' | 'part' | 'brief' | 'side'>) => string {
  const models = [...new Set(all.map(({ model }) => model.name))];
  const shared = models.length < 2 ? '' : sharedBeginning(models);
  const areOfBoth = new Set(all.map(({ side }) => side)).size > 1;
  return ({ model, part, brief = part, side }) => {
    const name = model.name.slice(shared.length);
    if (part === '') return name;
    return models.length < 2 ? part : `${name}, ${brief}${areOfBoth ? ` by the ${side}` : ''}`;
  };
}

/** Whole parts of names, up to a `-`, that all begin with: `headgate-char-`. */
function sharedBeginning(names: readonly string[]): string {
  const [first = '', ...others] = names;
  let length = 0;
  for (let at = first.indexOf('-') + 1; at > 0; at = first.indexOf('-', at) + 1)
    if (others.every((name) => name.startsWith(first.slice(0, at)) && name.length > at)) length = at;
  return first.slice(0, length);
}

/** How many steps before the last one of the run that is looked at a step stands. */
export function distanceOf(
  { values, distances }: Pick<Series, 'values' | 'distances'>,
  step: number,
): number {
  return distances?.[step] ?? values.length - 1 - step;
}

/** Steps between the ends of a curve, of the run that is looked at, and one. */
export function stepsOf(series: Pick<Series, 'values' | 'distances'>): number {
  return series.values.length === 0 ? 0 : distanceOf(series, 0) + 1;
}

/** The value at the step that is `distance` before the last one of the text; null: there is none. */
export function valueAt(series: Pick<Series, 'values' | 'distances'>, distance: number): number | null {
  const { values, distances } = series;
  if (distance < 0) return null;
  // Of other tokens: the one whose characters are there.
  const step =
    distances === null ? values.length - 1 - distance : distances.findIndex((at) => at <= distance + 1e-4);
  return values[step] ?? null;
}

/** The value at the step that is farthest from the one that is derived. */
export function farthest({ values, reverse }: Pick<Series, 'values' | 'reverse'>): number {
  return values[reverse ? values.length - 1 : 0] ?? NaN;
}

/** A colour of the theme's categories. */
export type Colour = `category-${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8}`;
const COLOURS = [
  'category-2',
  'category-1',
  'category-3',
  'category-7',
  'category-6',
  'category-4',
  'category-5',
  'category-8',
] as const satisfies readonly Colour[];

/** Models in the order in which they were first seen: each keeps its colour, whatever is added or taken away. */
export function seen(known: readonly string[], models: readonly string[]): readonly string[] {
  const added = models.filter((id) => !known.includes(id));
  return added.length === 0 ? known : [...known, ...added];
}

/** The colour of a model among those that were seen. */
export function colourOf(model: string, known: readonly string[]): Colour {
  return COLOURS[Math.max(known.indexOf(model), 0) % COLOURS.length] ?? 'category-2';
}
