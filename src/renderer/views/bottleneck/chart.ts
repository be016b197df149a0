import type { Mark } from '../../drawing/drawing.ts';
import { legend, type LegendItem } from '../../drawing/parts/legend.ts';
import { leftAxis, valueScale } from '../../drawing/parts/value-axis.ts';
import type { LengthQuality, Quality } from '../../runs/facets/quality.ts';

export const MEASURES = ['bleu', 'exact'] as const;
export type Measure = (typeof MEASURES)[number];

const NAMES: Readonly<Record<Measure, string>> = {
  bleu: 'BLEU',
  exact: 'exact translations, %',
};
const PAINTS = ['category-6', 'category-5', 'category-3', 'category-7'] as const;
const DASHES: readonly (readonly number[] | undefined)[] = [undefined, [6, 3], [2, 2], [8, 2, 2, 2]];

/** Least height of the curves, in sizes of text. */
const LEAST_PLOT = 3.5;

/** Quality by length, a line for each system; a mark where the sentence that is read stands. */
export function chartMarks(
  { systems }: Quality,
  measure: Measure,
  words: number,
  place: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
  text: number,
): { readonly marks: readonly Mark[]; readonly height: number } {
  const items = systems.map(({ name }, i): LegendItem => ({
    ...{ label: name, paint: PAINTS[i % PAINTS.length] ?? 'text-2', shape: 'line' },
    ...(DASHES[i] !== undefined && { dash: DASHES[i] }),
  }));
  const names = legend({ x: place.x, y: place.y + text * 1.8, width: place.width }, items, text);
  const plot = {
    x: place.x + text * 3.2,
    y: place.y + text * 2.6 + names.height,
    width: place.width - text * 4.2,
    height: Math.max(place.height - text * 6 - names.height, text * LEAST_PLOT),
  };
  // A number has a line and a half.
  const ticks = Math.max(Math.min(Math.floor(plot.height / (text * 1.5)), 4), 1);
  const scale = valueScale({ low: 0, high: 100, log: false }, [plot.y + plot.height, plot.y], ticks);
  const buckets = systems[0]?.lengths ?? [];
  const at = (index: number) => plot.x + ((index + 0.5) / Math.max(buckets.length, 1)) * plot.width;
  const here = buckets.findIndex(({ words: [least, most] }) => words >= least && words <= most);
  const bottom = plot.y + plot.height;
  const marks: Mark[] = [
    {
      ...{ kind: 'text', x: place.x, y: place.y + text, text: `${NAMES[measure]} by length of the sentence` },
      ...{ size: text, fill: 'text-1', weight: 700 },
    },
    ...names.marks,
    ...(here < 0
      ? []
      : [
          {
            ...{ kind: 'rect' as const, x: at(here) - plot.width / buckets.length / 2, y: plot.y },
            ...{ width: plot.width / buckets.length, height: plot.height, fill: 'accent-soft' as const },
          },
        ]),
    ...leftAxis(scale, plot, text),
    ...buckets.map(({ words: [least, most] }, index): Mark => ({
      ...{ kind: 'text', x: at(index), y: bottom + text * 1.4, text: `${least}–${most}`, size: text },
      ...{ fill: index === here ? 'accent-strong' : 'text-2', anchor: 'middle' },
    })),
    {
      ...{
        kind: 'text',
        x: plot.x + plot.width / 2,
        y: bottom + text * 2.8,
        text: 'words of the source',
        size: text,
      },
      ...{ fill: 'text-2', anchor: 'middle' },
    },
    ...systems.flatMap(({ lengths }, i): Mark[] => {
      const paint = PAINTS[i % PAINTS.length] ?? 'text-2';
      const dash = DASHES[i];
      const points = lengths.flatMap((one, index) => [at(index), scale.at(valueOf(one, measure))]);
      return [
        { kind: 'polyline', points, stroke: paint, strokeWidth: text / 6, ...(dash && { dash }) },
        ...lengths.map((one, index): Mark => ({
          ...{ kind: 'circle', x: at(index), y: scale.at(valueOf(one, measure)) },
          ...{ radius: text / 3.5, fill: paint },
        })),
      ];
    }),
  ];
  return { marks, height: bottom + text * 3.4 - place.y };
}

/** 0 … 100 */
export function valueOf({ bleu, exact, sentences }: LengthQuality, measure: Measure): number {
  return measure === 'bleu' ? bleu : (100 * exact) / sentences;
}
