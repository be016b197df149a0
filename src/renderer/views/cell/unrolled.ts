/** The steps around the one that is looked at: a column each, with its states as cells. */
import { pooled } from '../../common/recurrent/pool.ts';
import { elide, visibleText } from '../../common/tokens.ts';
import type { Mark } from '../../drawing/drawing.ts';
import { heatmapMarks } from '../../drawing/parts/heatmap.ts';
import { textWidth } from '../../drawing/text.ts';
import type { Token } from '../../runs/run.ts';
import { stateReach } from './bars.ts';
import type { Page } from './moment.ts';

export interface Unrolled {
  readonly page: Page;
  readonly tokens: readonly Token[];
  readonly step: number;
  readonly reverse: boolean;
  readonly unit: number | null;
}

interface Room {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Longest token that is written out, in characters. */
const LONGEST = 9;
/** Cells of a state that the eye can tell apart. */
const MOST_CELLS = 24;
/** Steps that have not been read yet at the playhead. */
const TO_COME = 0.3;

/** Steps [from, to) that have room, with the step in the middle where that is possible. */
export function columnsAround(step: number, count: number, room: number): readonly [number, number] {
  const shown = Math.max(Math.min(count, room), 1);
  const from = Math.min(Math.max(step - Math.floor(shown / 2), 0), count - shown);
  return [from, from + shown];
}

/** Widest column, in sizes of text: a few of them need not fill the width. */
const WIDEST = 14;

/** Least width of a column: that of the longest token in the page. */
function leastPitch({ page, tokens }: Pick<Unrolled, 'page' | 'tokens'>, text: number): number {
  const widths = tokens
    .slice(page.from, page.to)
    .map((token) => textWidth(labelOf(token), { size: text, family: 'mono' }));
  return Math.max(Math.max(...widths, 0) + text * 0.9, text * 2.2);
}

const labelOf = (token: Token) => elide(visibleText(token.text), LONGEST);

/** Columns are named `s12` for step 12. */
export function unrolledMarks(unrolled: Unrolled, room: Room, text: number): Mark[] {
  const { page, tokens, step, reverse, unit } = unrolled;
  const names = text * 4.6;
  const least = leastPitch(unrolled, text);
  const count = Math.floor((room.width - names) / least);
  const [first, end] = columnsAround(step, tokens.length, count);
  const [from, to] = [Math.max(first, page.from), Math.min(end, page.to)];
  // They fill the width.
  const pitch = Math.max(Math.min((room.width - names) / (end - first), text * WIDEST), least);
  const label = room.y + room.height - text * 1.1;
  const top = room.y + text * 0.5;
  const gap = text * 0.4;
  const height = (label - text * 1.1 - top - gap * (page.states.length - 1)) / page.states.length;
  const width = pitch - text * 0.7;
  const x = (at: number) => room.x + names + (at - first) * pitch;
  const marks: Mark[] = page.states.map(({ title }, index): Mark => ({
    ...{ kind: 'text', x: room.x, y: top + index * (height + gap) + height / 2, size: text, text: title },
    ...{ fill: 'text-2', baseline: 'middle' },
  }));
  const reaches = page.states.map(({ values }) => stateReach(values).size);
  for (let at = from; at < to; at++) {
    const isToCome = reverse ? at < step : at > step;
    marks.push({
      kind: 'group',
      id: `s${at}`,
      marks: [
        // The whole column can be pointed at.
        {
          kind: 'rect',
          x: x(at),
          y: top - text * 0.2,
          width: pitch,
          height: label + text - top,
          fill: 'surface-1',
        },
        ...page.states.flatMap((state, index): Mark[] => {
          const y = top + index * (height + gap);
          const values = state.values.subarray(
            (at - page.from) * state.width,
            (at + 1 - page.from) * state.width,
          );
          return columnMarks(values, { x: x(at), y, width, height }, reaches[index] ?? 1, {
            opacity: isToCome ? TO_COME : 1,
            unit: unit !== null && unit < state.width ? unit : null,
            text,
          });
        }),
        ...(at === (reverse ? from : to - 1)
          ? []
          : [linkMark(x(at), width, pitch, top + height / 2, text, reverse)]),
        ...(at === step ? [playhead(x(at), top, width, label - text * 1.1 - top, text)] : []),
        {
          ...{ kind: 'text', x: x(at) + width / 2, y: label, text: labelOf(tokens[at] as Token), size: text },
          ...{ family: 'mono', anchor: 'middle', baseline: 'middle', weight: at === step ? 700 : 400 },
          fill: at === step ? 'accent' : isToCome ? 'text-3' : 'text-1',
        },
      ],
    });
  }
  return marks;
}

function columnMarks(
  values: Float32Array,
  place: Room,
  reach: number,
  about: { readonly opacity: number; readonly unit: number | null; readonly text: number },
): Mark[] {
  const rows = Math.max(Math.min(values.length, MOST_CELLS, Math.floor(place.height / 2)), 1);
  const cells = heatmapMarks(
    {
      ...{ rows, columns: 1, values: pooled(values, rows, 'largest'), isImage: true },
      ...{ domain: { low: -reach, high: reach, log: false }, scale: 'diverging' },
    },
    place,
  );
  const { unit } = about;
  const y = unit === null ? 0 : place.y + ((unit + 0.5) / values.length) * place.height;
  return [
    { kind: 'group', marks: cells, opacity: about.opacity },
    ...(unit === null
      ? []
      : [
          {
            kind: 'line',
            x1: place.x,
            x2: place.x + place.width,
            y1: y,
            y2: y,
            stroke: 'select-lock',
          } as const,
        ]),
  ];
}

function linkMark(x: number, width: number, pitch: number, y: number, text: number, reverse: boolean): Mark {
  const [start, end] = reverse ? [x, x - (pitch - width)] : [x + width, x + pitch];
  return { kind: 'line', x1: start, x2: end, y1: y, y2: y, stroke: 'text-3', strokeWidth: text / 8 };
}

function playhead(x: number, y: number, width: number, height: number, text: number): Mark {
  const out = text * 0.15;
  return {
    ...{ kind: 'rect', x: x - out, y: y - out, width: width + 2 * out, height: height + 2 * out },
    ...{ stroke: 'accent', strokeWidth: text / 5, radius: text / 5 },
  };
}
