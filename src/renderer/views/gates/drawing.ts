/** The lanes as a figure. */
import { formatValue } from '../../common/numbers.ts';
import type { Lane } from '../../common/recurrent/lanes.ts';
import type { UnitCurve } from '../../common/recurrent/unit-values.ts';
import type { Drawing, DrawingSize, Mark } from '../../drawing/drawing.ts';
import { heatmapMarks, holdsInvalid } from '../../drawing/parts/heatmap.ts';
import { colourBar } from '../../drawing/parts/legend.ts';
import { timeAxis } from '../../drawing/parts/token-axis.ts';
import { unitMarks } from '../../drawing/parts/unit-curves.ts';
import { fitText, LINE_HEIGHT } from '../../drawing/text.ts';
import type { Run, Token } from '../../runs/run.ts';
import { AXIS, lanesLayout, LEFT, TWO_LINES } from './lanes.ts';
import { lanesPicture, type LanesPicture } from './picture.ts';

/** Cells of a figure for each of its pixels: what prints in detail. */
const DETAIL = 2;
/** Height of a locked unit's curves, of the size of text. */
export const UNIT_HEIGHT = 11;

export interface GatesFigure {
  readonly run: Run;
  readonly lanes: readonly Lane[];
  readonly tokens: readonly Token[];
  readonly order: Uint32Array<ArrayBuffer>;
  /** What is shown: the layer and the order of its units. */
  readonly title: string;
  readonly unit: { readonly index: number; readonly curves: readonly UnitCurve[] } | null;
  readonly step: number | null;
}

/** Names, lanes, tokens, scales and, of a locked unit, its curves. */
export async function gatesDrawing(figure: GatesFigure, size: DrawingSize): Promise<Drawing> {
  const { run, lanes, tokens, order, title, unit, step } = figure;
  const { text, width } = size;
  const head = text * 2.2;
  const gates = (x: number, y: number) =>
    colourBar(
      { x, y },
      { title: 'gates', domain: { low: 0, high: 1, log: false }, scale: 'sequential' },
      text,
    );
  const signed = (x: number, y: number, invalid: boolean) =>
    colourBar(
      { x, y },
      {
        ...{ title: 'signed, of ± on the left', domain: { low: -1, high: 1, log: false } },
        ...{ scale: 'diverging', invalid },
      },
      text,
    );
  // One beside the other, or one under the other where there is no room.
  const beside = gates(0, 0).width + text * 2;
  const isNarrow = LEFT * text + beside + signed(0, 0, false).width > width - text;
  const foot = text * (isNarrow ? 6 : 3.4);
  const below = unit === null ? 0 : text * (UNIT_HEIGHT + 2.5);
  const layout = lanesLayout({
    ...{ width, height: Math.max(size.height - head - foot - below, 0), lanes: lanes.length, text },
    ...{ units: order.length, steps: tokens.length, ratio: DETAIL },
  });
  const releases: (() => void)[] = [];
  let picture: LanesPicture;
  try {
    const { rows, columns } = layout;
    picture = await lanesPicture(
      { run, lanes, order, rows, columns },
      { own: (release) => releases.push(release), signal: new AbortController().signal },
    );
  } finally {
    for (const release of releases) release();
  }
  const { left, pitch } = layout;
  const bottom = head + pitch * lanes.length;
  const axis = { x: left, y: bottom, width: layout.width };
  const bars = bottom + text * AXIS;
  const invalid = holdsInvalid(picture);
  const legends = [
    gates(left, bars),
    isNarrow ? signed(left, bars + text * 2.6, invalid) : signed(left + beside, bars, invalid),
  ];
  const unitTop = bars + foot - text;
  return {
    width,
    height: Math.ceil(unitTop + below),
    title,
    marks: [
      {
        ...{ kind: 'text', x: text * 0.8, y: text * 0.6, size: text, fill: 'text-2', baseline: 'top' },
        text: fitText(title, width - text * 1.6, { size: text }),
      },
      ...picture.lanes.flatMap((lane, index) => [
        ...laneName(lane.lane, lane.largest, {
          ...{ y: head + index * pitch, height: layout.height, left, text: layout.text },
        }),
        ...heatmapMarks(
          {
            ...{ rows: lane.rows, columns: picture.columns },
            values: picture.values.subarray(lane.at, lane.at + lane.rows * picture.columns),
            domain: domainOf(lane.lane, lane.largest),
            scale: lane.lane.kind === 'gate' ? 'sequential' : 'diverging',
          },
          { x: left, y: head + index * pitch, width: layout.width, height: layout.height },
        ),
      ]),
      ...timeAxis(tokens, axis, text, step),
      ...legends.flatMap(({ marks }, index) =>
        index > 0 || lanes.some(({ kind }) => kind === 'gate') ? marks : [],
      ),
      ...(unit === null
        ? []
        : [
            unitName(unit.index, text * 0.8, unitTop, text),
            ...unitMarks(unit.curves, {
              ...{
                x: left,
                y: unitTop + text * LINE_HEIGHT * 1.2,
                width: layout.width,
                left: left - text * 0.6,
              },
              ...{ height: text * (UNIT_HEIGHT - 1.5), text, step },
            }),
          ]),
    ],
  };
}

function unitName(unit: number, x: number, y: number, size: number): Mark {
  return { kind: 'text', x, y, size, text: `unit ${unit}`, fill: 'text-1', weight: 700, baseline: 'top' };
}

/** The values that a lane's colours reach over. */
export function domainOf({ kind }: Lane, largest: number) {
  const high = kind === 'gate' ? 1 : Math.max(Number.isFinite(largest) ? largest : 0, 1e-6);
  return { low: kind === 'gate' ? 0 : -high, high, log: false };
}

/** How far the colours of a lane's states reach, in words; those of gates go from 0 to 1. */
export function reachOf({ kind }: Lane, largest: number): string {
  if (kind === 'gate') return '';
  return Number.isNaN(largest) ? 'NaN' : `±${formatValue(largest)}`;
}

function laneName(
  lane: Lane,
  largest: number,
  {
    y,
    height,
    left,
    text,
  }: { readonly y: number; readonly height: number; readonly left: number; readonly text: number },
): Mark[] {
  const reach = reachOf(lane, largest);
  const isTall = height >= TWO_LINES * text && reach !== '';
  const x = text * 0.8;
  const middle = y + height / 2;
  const name = { kind: 'text', x, size: text, weight: 700, fill: 'text-1', baseline: 'middle' } as const;
  const swatch: Mark = {
    ...{
      kind: 'rect',
      x: x - text * 0.55,
      y: y + 1,
      width: text * 0.3,
      height: height - 2,
      fill: lane.colour,
    },
  };
  const small = { kind: 'text', size: text * 0.85, fill: 'text-3', baseline: 'middle', text: reach } as const;
  if (isTall)
    return [
      swatch,
      { ...name, y: middle - text * 0.65, text: lane.title },
      { ...small, x, y: middle + text * 0.65 },
    ];
  return [
    swatch,
    { ...name, y: middle, text: lane.title },
    { ...small, x: left - text * 0.5, y: middle, anchor: 'end' },
  ];
}
