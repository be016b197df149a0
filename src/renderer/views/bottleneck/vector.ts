/** What is handed from the encoder to the decoder, as rows of colour. */
import { formatValue } from '../../common/numbers.ts';
import type { Mark } from '../../drawing/drawing.ts';
import { heatmapMarks } from '../../drawing/parts/heatmap.ts';
import { textWidth } from '../../drawing/text.ts';
import type { StateVector } from '../../runs/facets/bottleneck.ts';
import type { Density } from './density.ts';
import type { Reading } from './reading.ts';
import type { Part } from './sentences.ts';

interface Row {
  readonly name: string;
  readonly values: Float32Array;
}

/** What is made of the encoder's last states, in words; those that are copied need none. */
const BRIDGES: Readonly<Record<string, string>> = {
  sum: 'both directions added up',
  linear: 'through a linear bridge',
};

/** What the decoder starts from; above it what the encoder ended with, where the bridge makes other numbers of it. */
export function vectorMarks(
  { run, encoder, decoder }: Reading,
  width: number,
  text: number,
  density: Density,
): Part {
  const bridge = density.encoder ? BRIDGES[run.facet('bottleneck')?.bridge ?? ''] : undefined;
  const rows = (of: string, states: readonly StateVector[]) =>
    states.flatMap(({ layer, direction, hidden, cell }): Row[] => {
      const where = `layer ${layer}${direction === 'reverse' ? ', reverse' : ''}`;
      return [
        { name: `${of}h, ${where}`, values: hidden },
        ...(cell === null ? [] : [{ name: `${of}c, ${where}`, values: cell }]),
      ];
    });
  const before = bridge === undefined ? [] : rows('encoder ', encoder);
  const after = rows(bridge === undefined ? '' : 'decoder ', decoder);
  const all = [...before, ...after];
  const left = Math.max(0, ...all.map(({ name }) => textWidth(name, { size: text }))) + text;
  const right = textWidth(' ±0.000', { size: text }) + text;
  const marks: Mark[] = [];
  let y = 0;
  const add = ({ name, values }: Row) => {
    const reach = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
    const middle = y + text * density.row * 0.45;
    marks.push(
      { kind: 'text', x: 0, y: middle, text: name, size: text, fill: 'text-1', baseline: 'middle' },
      ...heatmapMarks(
        {
          ...{ rows: 1, columns: values.length, values, scale: 'diverging', isImage: true },
          domain: { low: -reach, high: reach, log: false },
        },
        {
          ...{ x: left, y: y + text * density.row * 0.05, width: Math.max(width - left - right, text) },
          height: text * density.row * 0.8,
        },
      ),
      {
        ...{ kind: 'text', x: width, y: middle, text: `±${formatValue(reach)}`, size: text },
        ...{ fill: 'text-2', anchor: 'end', baseline: 'middle' },
      },
    );
    y += text * density.row;
  };
  for (const row of before) add(row);
  if (bridge !== undefined) {
    marks.push({
      ...{ kind: 'text', x: left, y: y + text * 0.7, text: `↓ ${bridge}`, size: text, fill: 'text-2' },
      baseline: 'middle',
    });
    y += text * 1.5;
  }
  for (const row of after) add(row);
  return { marks, height: y };
}

/** A trapezium between two widths, as light as a shadow. */
export function funnelMark(
  top: readonly [number, number],
  bottom: readonly [number, number],
  y: number,
  height: number,
): Mark {
  const points = [top[0], y, top[1], y, bottom[1], y + height, bottom[0], y + height];
  return { kind: 'polyline', points, closed: true, fill: 'surface-3', opacity: 0.6 };
}
