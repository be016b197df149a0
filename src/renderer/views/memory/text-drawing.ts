/** The text of each curve, its letters coloured by the curve's values. */
import { along, type Domain } from '../../common/heatmap/scale.ts';
import { formatTick, formatValue } from '../../common/numbers.ts';
import { visibleText } from '../../common/tokens.ts';
import type { Drawing, DrawingSize, Mark } from '../../drawing/drawing.ts';
import { fillRoom } from '../../drawing/fill-room.ts';
import { fitText, leastSize, textWidth } from '../../drawing/text.ts';
import type { TokenRef } from '../../runs/place.ts';
import { colourOf, farthest, namesOf, type Colour, type Series } from './series.ts';

/** Powers of ten below the largest value that colours tell apart: as many as there are values of, within these. */
const LEAST_DECADES = 2;
const MOST_DECADES = 6;
/** Opacity of the strongest colour: letters stay readable on it. */
const STRONGEST = 0.8;
/** Tokens of a curve at most: those nearest to the end. */
const MOST_TOKENS = 2000;

export interface TextPicture {
  readonly series: readonly Series[];
  readonly models: readonly string[];
  readonly title: string;
  readonly reach: number;
  /** The token of the run that is asked about or looked at; null: none. */
  readonly looked: Pick<TokenRef, 'side' | 'index'> | null;
}

/** Colours of values: logarithmic, the same for every curve. */
function textDomain(series: readonly Series[]): Domain {
  let [least, most] = [Infinity, 0];
  for (const { values } of series)
    for (const value of values) {
      if (!(value > 0) || !Number.isFinite(value)) continue;
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
  const high = most > 0 ? 10 ** Math.ceil(Math.log10(most) - 1e-9) : 1;
  const wanted = Math.ceil(Math.log10(high / Math.min(least, high)) - 1e-9);
  const decades = Math.min(Math.max(wanted, LEAST_DECADES), MOST_DECADES);
  return { low: high / 10 ** decades, high, log: true };
}

/** Powers of ten that a domain spans. */
function decadesOf({ low, high }: Domain): number {
  return Math.round(Math.log10(high / low));
}

/** How close the lines stand. */
interface Density {
  /** What the colours stand for is said above. */
  readonly legend: boolean;
  /** Heights of a heading, of what is free below a block (sizes of text), and of a line (sizes of its letters). */
  readonly heading: number;
  readonly below: number;
  readonly line: number;
}

const ROOMY: Density = { legend: true, heading: 1.8, below: 1, line: 1.9 };
const CLOSE: Density = { legend: false, heading: 1.35, below: 0.3, line: 1.4 };

/** Lower rooms, in sizes of text, are scrolled with the lines as close as they can stand. */
const LOW = 8;

/** As large and roomy as it takes to show all of the texts: in low rooms the lines come before the legend. */
export function fittedText(picture: TextPicture, size: DrawingSize): Drawing {
  const roomy = fillRoom((room) => textDrawing(picture, room), size);
  if (roomy.height <= size.height) return roomy;
  const close = fillRoom((room) => textDrawing(picture, room, CLOSE), size);
  if (close.height <= size.height) return close;
  if (size.height >= LOW * size.text) return roomy;
  return textDrawing(picture, { ...size, text: leastSize(size.text) }, CLOSE);
}

/**
 * A block of lines for each curve. Tokens of the first one of each sequence have names, for what points at them: `t0`, `t1` …
 * of the target, `s0` … of the source.
 */
export function textDrawing(
  picture: TextPicture,
  { width, text }: DrawingSize,
  density: Density = ROOMY,
): Drawing {
  const { series, models, title, reach, looked } = picture;
  const domain = textDomain(series);
  const nameOf = namesOf(series);
  const legend = density.legend ? legendMarks(title, domain, width, text) : { marks: [], height: text * 0.3 };
  const marks: Mark[] = [...legend.marks];
  let y = legend.height;
  for (const one of series) {
    const isFirst = series.find(({ side }) => side === one.side) === one;
    const name = `${nameOf(one)}: ${formatValue(farthest(one))} at the far end`;
    marks.push({
      ...{ kind: 'text', x: text, y, size: text, weight: 700, baseline: 'top' },
      ...{ text: fitText(name, width - 2 * text, { size: text, weight: 700 }), fill: 'text-1' },
    });
    y += text * density.heading;
    const colour = colourOf(one.model.id, models);
    const block = tokenMarks(one, domain, {
      width: width - 2 * text,
      text,
      reach,
      looked: looked?.side === one.side ? looked.index : null,
      colour,
      isFirst,
      line: density.line,
    });
    marks.push({ kind: 'group', x: text, y, marks: block.marks });
    y += block.height + text * density.below;
  }
  return { width, height: Math.ceil(y), marks, title: `${title}, as text` };
}

/** What the colours stand for: a box for each power of ten, beside the title where that has room. */
function legendMarks(
  title: string,
  domain: Domain,
  room: number,
  text: number,
): { readonly marks: Mark[]; readonly height: number } {
  const decades = decadesOf(domain);
  const width = Math.min(text * 4, (room - 2 * text) / (decades + 1));
  const beside = textWidth(title, { size: text }) + text * 2;
  const isBeside = beside + width * (decades + 1) + 2 * text <= room;
  const [left, top] = isBeside ? [text + beside, text * 0.4] : [text, text * 2];
  const marks: Mark[] = [
    { kind: 'text', x: text, y: text * 0.5, text: title, size: text, fill: 'text-2', baseline: 'top' },
    ...Array.from({ length: decades + 1 }, (_, power): Mark => {
      const at = power / decades;
      const x = left + power * width;
      return {
        kind: 'group',
        marks: [
          {
            kind: 'rect',
            x,
            y: top,
            width,
            height: text * 1.4,
            fill: 'text-2',
            opacity: at * STRONGEST,
            crisp: true,
          },
          {
            ...{ kind: 'text', x: x + width / 2, y: top + text * 1.6, size: text, fill: 'text-2' },
            text: power === 0 ? `≤${formatTick(domain.low)}` : formatTick(domain.low * 10 ** power),
            ...{ anchor: 'middle', baseline: 'top' },
          },
        ],
      };
    }),
  ];
  return { marks, height: top + text * 4 };
}

function tokenMarks(
  { values, tokens, reverse, side }: Series,
  domain: Domain,
  how: {
    readonly width: number;
    readonly text: number;
    readonly reach: number;
    readonly looked: number | null;
    readonly colour: Colour;
    /** Its tokens have names. */
    readonly isFirst: boolean;
    readonly line: number;
  },
): { readonly marks: Mark[]; readonly height: number } {
  const { text, width } = how;
  const size = text * 1.15;
  const line = size * how.line;
  const T = values.length;
  const first = reverse ? 0 : Math.max(T - MOST_TOKENS, 0);
  const marks: Mark[] = [];
  let [x, y] = [0, 0];
  for (let t = first; t < Math.min(first + MOST_TOKENS, T); t++) {
    const shown = fitText(visibleText(tokens[t]?.text ?? ''), width, { size, family: 'mono' });
    const room = textWidth(shown, { size, family: 'mono' }) + size * 0.25;
    // Words of a list of words carry no spaces.
    if (x > 0 && tokens[t]?.word === true) x += size * 0.6;
    if (x > 0 && x + room > width) [x, y] = [0, y + line];
    const value = values[t] ?? 0;
    const distance = reverse ? t : T - 1 - t;
    const at = T <= 1 || distance / (T - 1) <= how.reach ? along(value, domain) : 0;
    const id = how.isFirst ? { id: `${side === 'target' ? 't' : 's'}${t}` } : {};
    const box = { x, y, width: room, height: line - size * 0.25 };
    marks.push({
      kind: 'group',
      ...id,
      marks: [
        { kind: 'rect', ...box, fill: how.colour, opacity: at * STRONGEST, crisp: true },
        ...(how.isFirst && how.looked === t
          ? [{ kind: 'rect', ...box, stroke: 'select-lock', strokeWidth: text / 6 } as const]
          : []),
        {
          ...{ kind: 'text', x: x + room / 2, y: y + box.height / 2, text: shown, size, family: 'mono' },
          ...{ fill: 'text-1', anchor: 'middle', baseline: 'middle' },
        },
      ],
    });
    x += room;
  }
  return { marks, height: y + line };
}
