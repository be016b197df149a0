import type { Drawing, DrawingSize, Mark } from '../../drawing/drawing.ts';
import { bottomAxis, leftAxis, leftAxisRoom, valueScale } from '../../drawing/parts/value-axis.ts';
import { fitText } from '../../drawing/text.ts';
import { visibleText } from '../../common/tokens.ts';
import { titleOf, type LensPicture } from './drawing.ts';
import { measureDomain, measureOf, MEASURES, onScale } from './measures.ts';

/** Curves that are drawn beside the one that is looked at. */
const MOST_CURVES = 48;

/** The measure of each position over the layers; the one that is looked at stands out. */
export function curvesDrawing(picture: LensPicture, { width, height, text }: DrawingSize): Drawing {
  const { run, table, measure, first, looked, lens } = picture;
  const domain = measureDomain(table, measure, lens.vocabulary);
  const top = text * 3.4;
  const plotHeight = Math.max(height - top - text * 4.4, text * 8);
  const up = valueScale(domain, [top + plotHeight, top], 5);
  const left = leftAxisRoom(up, text) + text * 2.6;
  const plot = { x: left, y: top, width: Math.max(width - left - text * 7, text * 8), height: plotHeight };
  const across = valueScale(
    { low: 0, high: table.depth - 1, log: false },
    [plot.x, plot.x + plot.width],
    Math.min(table.depth - 1, 12),
  );
  const whole = { ...across, ticks: across.ticks.filter(Number.isInteger) };
  const bold = looked?.position ?? table.positions - 1;
  const end = Math.min(first + MOST_CURVES, table.positions);
  const shown = Array.from({ length: Math.max(end - first, 0) }, (_, at) => first + at);
  const curve = (position: number, isBold: boolean): Mark[] => {
    const points = Array.from({ length: table.depth }, (_, layer) => {
      const value = onScale(measure, measureOf(table, measure, layer, position));
      return [across.at(layer), up.at(value)] as const;
    }).filter(([, y]) => Number.isFinite(y));
    const look = isBold
      ? ({ stroke: 'accent', strokeWidth: text / 5 } as const)
      : ({ stroke: 'text-3', strokeWidth: text / 12, opacity: 0.45 } as const);
    return [
      { kind: 'polyline', id: `curve ${position}`, points: points.flat(), ...look },
      ...(isBold
        ? points.map(([x, y]): Mark => ({ kind: 'circle', x, y, radius: text / 4, fill: 'accent' }))
        : []),
    ];
  };
  const token = visibleText(run.tokens[bold]?.text ?? '');
  const last = up.at(onScale(measure, measureOf(table, measure, table.depth - 1, bold)));
  const title = titleOf(picture);
  const endLabel = (x: number, y: number): Mark => ({
    ...{ kind: 'text', x, y, size: text, family: 'mono', weight: 700, baseline: 'middle' },
    text: fitText(token, text * 6, { size: text, family: 'mono' }),
    ...{ fill: 'accent', halo: 'surface-1' },
  });
  return {
    width,
    height: top + plotHeight + text * 4.4,
    marks: [
      {
        ...{ kind: 'text', x: text, y: text * 1.8, size: text, fill: 'text-1', weight: 700 },
        text: fitText(title, width - 2 * text, { size: text, weight: 700 }),
      },
      ...leftAxis(up, plot, text, MEASURES[measure].scale),
      ...bottomAxis(whole, plot, text, 'layers that have run'),
      ...shown.filter((position) => position !== bold).flatMap((position) => curve(position, false)),
      ...curve(bold, true),
      ...(Number.isFinite(last) ? [endLabel(plot.x + plot.width + text * 0.6, last)] : []),
    ],
    title: `${title}, over the layers`,
  };
}
