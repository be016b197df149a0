/** Where a set of units is on together: in the text, and in a long one beside it. */
import { spacedText } from '../../../common/text/token.ts';
import { stretchesOfAll, type OnSets, type Stretch } from '../../analysis/bit-sets.ts';
import { counted } from '../../common/numbers.ts';
import { tableOf, type Table } from '../../common/table.ts';
import { visibleText } from '../../common/tokens.ts';
import type { Drawing, DrawingSize, Mark } from '../../drawing/drawing.ts';
import { textWidth } from '../../drawing/text.ts';
import type { Token } from '../../runs/run.ts';

/** A text that is searched. */
export interface Searched {
  /** What it is called: `this text`, a file's name. */
  readonly name: string;
  readonly tokens: readonly Token[];
  readonly sets: OnSets;
}

/** Places of one text, the longest first. */
export interface Places {
  readonly of: Searched;
  readonly stretches: readonly Stretch[];
}

/** Where all of the units are on; of the brushed text the stretch itself is left out. */
export function placesOf(of: Searched, units: readonly number[], without: Stretch | null): Places {
  const overlaps = ({ from, to }: Stretch) => without !== null && from < without.to && to > without.from;
  const stretches = stretchesOfAll(of.sets, units).filter((stretch) => !overlaps(stretch));
  return { of, stretches: stretches.sort((a, b) => b.to - b.from - (a.to - a.from) || a.from - b.from) };
}

export interface PlacesPicture {
  readonly places: readonly Places[];
  readonly title: string;
}

/** Places that are listed of a text. */
const LISTED = 60;
/** Tokens of a place that are written out, and around it. */
const LONGEST = 40;

/** A line for each place, with the text around it; those of the first text are named `p12` by their first step. */
export function placesDrawing({ places, title }: PlacesPicture, { width, text }: DrawingSize): Drawing {
  const margin = text * 0.8;
  const line = text * 1.9;
  const numbers = textWidth('000000–000000', { size: text });
  const marks: Mark[] = [];
  let y = text;
  for (const [index, { of, stretches }] of places.entries()) {
    const listed = stretches.slice(0, LISTED);
    const rest = stretches.length > LISTED ? `, the ${LISTED} longest` : '';
    const heading = `${of.name}: ${counted(stretches.length, 'place')}${rest}`;
    marks.push({
      kind: 'text',
      x: margin,
      y,
      text: heading,
      size: text,
      weight: 700,
      fill: 'text-1',
      baseline: 'top',
    });
    y += line;
    for (const stretch of listed) {
      const middle = y + line / 2;
      marks.push({
        kind: 'group',
        ...(index === 0 ? { id: `p${stretch.from}` } : {}),
        marks: [
          { kind: 'rect', x: 0, y, width, height: line, fill: 'surface-1' },
          {
            ...{
              kind: 'text',
              x: margin + numbers,
              y: middle,
              size: text,
              fill: 'text-3',
              anchor: 'end',
              baseline: 'middle',
            },
            text: spanOf(stretch),
          },
          ...snippetMarks(
            of.tokens,
            stretch,
            { x: margin + numbers + text, y: middle, width: width - numbers - 3 * margin, line },
            text,
          ),
        ],
      });
      y += line;
    }
    y += text;
  }
  return { width, height: Math.ceil(y), marks, title };
}

const spanOf = ({ from, to }: Stretch) => (to - from === 1 ? String(from) : `${from}–${to - 1}`);

function snippetMarks(
  tokens: readonly Token[],
  { from, to }: Stretch,
  place: { readonly x: number; readonly y: number; readonly width: number; readonly line: number },
  size: number,
): Mark[] {
  const face = { size, family: 'mono' } as const;
  const wordsOf = (first: number, end: number) =>
    tokens
      .slice(Math.max(first, 0), Math.max(end, 0))
      .map((token) => visibleText(spacedText(token)))
      .join('');
  const on = [...wordsOf(from, Math.min(to, from + LONGEST))];
  const letters = Math.max(Math.floor(place.width / textWidth('0', face)), 8);
  const shown = on.slice(0, Math.max(letters - 8, 4)).join('');
  const around = Math.max(Math.floor((letters - [...shown].length) / 2), 0);
  const before = [...wordsOf(from - around, from)].slice(around === 0 ? Infinity : -around).join('');
  const after = [...wordsOf(to, to + around)].slice(0, around).join('');
  const x = place.x + around * textWidth('0', face);
  const width = textWidth(shown, face);
  const word = { kind: 'text', y: place.y, ...face, baseline: 'middle' } as const;
  return [
    {
      kind: 'rect',
      x,
      y: place.y - place.line * 0.42,
      width,
      height: place.line * 0.84,
      fill: 'accent',
      opacity: 0.3,
    },
    { ...word, x, text: before, anchor: 'end', fill: 'text-2' },
    { ...word, x, text: shown, weight: 700, fill: 'text-1' },
    { ...word, x: x + width, text: after, fill: 'text-2' },
  ];
}

/** A row for each place of every text. */
export function placesTable(places: readonly Places[], units: readonly number[]): Table {
  const rows = places.flatMap(({ of, stretches }) => stretches.map((stretch) => ({ of, ...stretch })));
  return tableOf({
    text: rows.map(({ of }) => of.name),
    from: Int32Array.from(rows, ({ from }) => from),
    to: Int32Array.from(rows, ({ to }) => to),
    tokens: rows.map(({ of, from, to }) =>
      of.tokens
        .slice(from, to)
        .map((token) => token.text)
        .join(''),
    ),
    units: rows.map(() => units.join(' ')),
  });
}
