/** The text, its tokens coloured by values of a unit each. */
import { along, type Domain } from '../../common/heatmap/scale.ts';
import { wordsOf } from '../../common/token-words.ts';
import { visibleText } from '../../common/tokens.ts';
import type { Drawing, DrawingSize, Mark } from '../../drawing/drawing.ts';
import { colourBar } from '../../drawing/parts/legend.ts';
import { fitText, textWidth } from '../../drawing/text.ts';
import type { Stretch } from '../../analysis/bit-sets.ts';
import type { Token } from '../../runs/run.ts';

/** One colouring of the text. */
export interface Colouring {
  /** `unit 88, cell` */
  readonly title: string;
  /** [T] */
  readonly values: Float32Array;
  /** `diverging`: about 0; `sequential`: from the least to the most, by powers of ten. */
  readonly scale: 'diverging' | 'sequential';
}

export interface TextPicture {
  readonly colourings: readonly Colouring[];
  readonly tokens: readonly Token[];
  readonly stretch: Stretch | null;
  readonly looked: number | null;
  readonly title: string;
}

/** Tokens that are written out at most: those around what is looked at. */
const MOST_TOKENS = 1500;
/** Opacity of colours: letters stay readable on them. */
const OPACITY = 0.7;
/** Powers of ten that a sequential scale spans. */
const DECADES = 4;

/** The first and the end of the tokens that are written out. */
export function shownTokens(count: number, looked: number | null): readonly [number, number] {
  if (count <= MOST_TOKENS) return [0, count];
  const from = Math.min(Math.max((looked ?? 0) - MOST_TOKENS / 2, 0), count - MOST_TOKENS);
  return [from, from + MOST_TOKENS];
}

/** The values that a colouring's colours span. */
export function domainOf({ values, scale }: Colouring): Domain {
  const sizes = values.map(Math.abs).filter(Number.isFinite);
  const most = Math.max(
    sizes.reduce((largest, size) => Math.max(largest, size), 0),
    1e-30,
  );
  return scale === 'diverging'
    ? { low: -most, high: most, log: false }
    : { low: most / 10 ** DECADES, high: most, log: true };
}

/** A block of lines for each colouring; tokens of the first are named `t0`, `t1` … */
export function textDrawing(picture: TextPicture, { width, text }: DrawingSize): Drawing {
  const { tokens, looked } = picture;
  const margin = text * 0.8;
  const [from, to] = shownTokens(tokens.length, looked);
  const marks: Mark[] = [];
  let y = text * 0.6;
  for (const [index, colouring] of picture.colourings.entries()) {
    const domain = domainOf(colouring);
    const { title, scale } = colouring;
    const bar = colourBar({ x: margin, y }, { title, domain, scale, room: width - 2 * margin }, text);
    marks.push(...bar.marks);
    y += bar.height + text * 0.8;
    const block = tokenMarks(picture, colouring, domain, {
      from,
      to,
      room: width - 2 * margin,
      text,
      isFirst: index === 0,
    });
    marks.push({ kind: 'group', x: margin, y, marks: block.marks });
    y += block.height + text;
  }
  if (to - from < tokens.length) {
    const part = `tokens ${from} to ${to - 1} of ${tokens.length}`;
    marks.push({ kind: 'text', x: margin, y, text: part, size: text, fill: 'text-3', baseline: 'top' });
    y += text * 1.6;
  }
  return { width, height: Math.ceil(y), marks, title: picture.title };
}

function tokenMarks(
  { tokens, stretch, looked }: TextPicture,
  { values, scale }: Colouring,
  domain: Domain,
  how: {
    readonly from: number;
    readonly to: number;
    readonly room: number;
    readonly text: number;
    readonly isFirst: boolean;
  },
): { readonly marks: Mark[]; readonly height: number } {
  const { text, room } = how;
  const size = text * 1.25;
  const line = size * 1.75;
  const face = { size, family: 'mono' } as const;
  const shownOf = (t: number) => fitText(visibleText(tokens[t]?.text ?? ''), room, face);
  const widthOf = (t: number) => textWidth(shownOf(t), face) + size * 0.12;
  const words = wordsOf(tokens.slice(how.from, how.to));
  const ends = new Map(words.map(({ first, end }) => [how.from + first, how.from + end]));
  const marks: Mark[] = [];
  let [x, y] = [0, 0];
  for (let t = how.from; t < how.to; t++) {
    const [shown, width] = [shownOf(t), widthOf(t)];
    // A word of several tokens goes to the next line as a whole, unless it is longer than a line.
    let whole = width;
    for (let other = t + 1; other < (ends.get(t) ?? t); other++) whole += widthOf(other);
    // Words of a list of words carry no spaces.
    if (x > 0 && tokens[t]?.word === true) x += size * 0.6;
    if (x > 0 && x + (whole <= room ? whole : width) > room) [x, y] = [0, y + line];
    const value = values[t] ?? NaN;
    const box = { x, y, width, height: line - size * 0.2 };
    const isBrushed = stretch !== null && t >= stretch.from && t < stretch.to;
    marks.push({
      kind: 'group',
      ...(how.isFirst ? { id: `t${t}` } : {}),
      marks: [
        {
          kind: 'rect',
          ...box,
          crisp: true,
          opacity: OPACITY,
          fill: Number.isFinite(value) ? { scale, at: along(value, domain) } : 'danger',
        },
        ...(isBrushed
          ? [
              {
                kind: 'line',
                x1: x,
                x2: x + width,
                y1: y + box.height,
                y2: y + box.height,
                stroke: 'accent-strong',
                strokeWidth: text / 4,
              } as const,
            ]
          : []),
        ...(looked === t
          ? [{ kind: 'rect', ...box, stroke: 'select-lock', strokeWidth: text / 6 } as const]
          : []),
        {
          ...{ kind: 'text', x: x + width / 2, y: y + box.height / 2, text: shown, ...face },
          ...{ fill: 'text-1', anchor: 'middle', baseline: 'middle' },
        },
      ],
    });
    x += width;
    if (tokens[t]?.text.endsWith('\n') === true) [x, y] = [0, y + line];
  }
  return { marks, height: y + line };
}
