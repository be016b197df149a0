/** What the model says, as a figure: large bars for one token, the text with its outputs, and the rows. */
import type { Drawing as TokenDrawing } from '../../analysis/tempered.ts';
import { formatTick, formatValue } from '../../common/numbers.ts';
import { perplexityOf } from '../../analysis/token-scores.ts';
import { tokenName, visibleText } from '../../common/tokens.ts';
import type { Drawing, DrawingSize, Mark } from '../../drawing/drawing.ts';
import { fitText, textWidth } from '../../drawing/text.ts';
import { predictsOf, topOf } from '../../runs/facets/readout.ts';
import type { Run } from '../../runs/run.ts';
import { answerBars, predictionBars, tokenBars, type Bar } from './bars.ts';
import { answersOf, scoresOf } from './found.ts';
import { kindOf, tokensOf, withoutPerplexity } from './kinds.ts';
import { readLabels } from './labels.ts';
import { rowMarks } from './row-drawing.ts';
import { actualToken, headingOf, rowOrder, SHOWN } from './rows.ts';
import { guessOf, piecesOf, type Piece } from './text.ts';

/** Rows of a figure at most. */
const MOST_ROWS = 100;
/** Bars, and tokens of the coloured text at most. */
const BARS = 8;
const MOST_PIECES = 600;
/** Opacity of the strongest shade: letters stay readable on it. */
const STRONGEST = 0.5;

export interface Pictured {
  /** Row at the top. */
  readonly first: number;
  /** The token whose bars are shown. */
  readonly position: number;
  readonly written: number | null;
  /** What the bars' tokens are drawn by. */
  readonly drawing: TokenDrawing;
}

/** As tall as its parts need. */
export async function outputsDrawing(run: Run, picture: Pictured, size: DrawingSize): Promise<Drawing> {
  const { text, width } = size;
  const kind = kindOf(run);
  const [scores, labels] = [kind === 'vocabulary' ? await scoresOf(run) : null, await readLabels(run)];
  const found = scores !== null && withoutPerplexity(run) === null ? perplexityOf(scores) : null;
  const heading = [
    headingOf(run),
    ...(found === null ? [] : [`perplexity ${formatValue(found.perplexity)}`]),
  ].join(', ');
  const marks: Mark[] = [
    { kind: 'text', x: text, y: text * 2, text: heading, size: text, fill: 'text-1', weight: 700 },
  ];
  let y = text * 3;
  const add = (block: { readonly marks: readonly Mark[]; readonly height: number }) => {
    marks.push({ kind: 'group', y, marks: block.marks });
    y += block.height + text;
  };
  if (kind !== 'none') {
    add(
      barMarks(
        await barsOf(run, picture, labels),
        aboutOf(run, picture.position),
        kind === 'vocabulary',
        width,
        text,
      ),
    );
    const pieces = piecesOf(run, { scores, labels, written: picture.written }, [
      0,
      Math.min(MOST_PIECES, tokensOf(run).length),
    ]);
    add(textMarks(pieces, width, text));
    if (kind === 'vocabulary') add(legendMarks(guessOf(run), text));
  }
  const order = kind === 'text' ? [] : rowOrder(run);
  const from = Math.min(picture.first, Math.max(order.length - 1, 0));
  const positions = order.slice(from, from + MOST_ROWS);
  const ems = width / text;
  const shown = ems < 35 ? 1 : ems < 50 ? SHOWN.presented : SHOWN.window;
  for (const position of positions) {
    const row = rowMarks(run, position, await topOf(run, position, shown), shown, width, text);
    marks.push({ kind: 'group', y, marks: row });
    y += text * 2;
  }
  const title =
    positions.length === order.length ? heading : `${heading}, ${positions.length} of ${order.length} rows`;
  return { width, height: y + text, marks, title };
}

async function barsOf(
  run: Run,
  { position, drawing }: Pictured,
  labels: Awaited<ReturnType<typeof readLabels>>,
): Promise<readonly Bar[]> {
  const isValue = predictsOf(run) === 'value';
  if (labels !== null && labels.span !== null) return answerBars(run, labels.span).slice(0, BARS);
  if (labels !== null)
    return predictionBars(labels.byPlace[labels.labels === 'text' ? 0 : position] ?? [], isValue).slice(
      0,
      BARS,
    );
  const answers = await answersOf({ run, position });
  if ('predictions' in answers) return predictionBars(answers.predictions, isValue).slice(0, BARS);
  const nameOf = run.facet('readout')?.logits?.token;
  return nameOf === undefined
    ? []
    : tokenBars(answers.logits, drawing, nameOf, actualToken(run, position), BARS);
}

function aboutOf(run: Run, position: number): string {
  const kind = kindOf(run);
  if (kind === 'text' || kind === 'span') return kind === 'text' ? 'Of the text' : 'Answers';
  const name = tokenName(tokensOf(run), position);
  return predictsOf(run) === 'next' ? `After ${name}` : `Here: ${name}`;
}

/** Name, bar and number of each, from y = 0 on. */
function barMarks(bars: readonly Bar[], about: string, areTokens: boolean, width: number, text: number) {
  const row = text * 1.7;
  const left = width * 0.25;
  const right = text * 6;
  const room = width - left - right;
  const isSigned = bars.some(({ share }) => share < 0);
  const marks = bars.flatMap((bar, place): Mark[] => {
    const y = row * (place + 1);
    const name = fitText(areTokens ? visibleText(bar.text) : bar.text, left - text * 2, {
      size: text,
      family: 'mono',
    });
    const length = Math.min(Math.abs(bar.share), 1) * (isSigned ? room / 2 : room);
    const zero = isSigned ? left + room / 2 : left;
    const box = { kind: 'rect', y: y + row * 0.12, height: row * 0.76 } as const;
    const middle = { y: y + row / 2, baseline: 'middle', size: text } as const;
    return [
      {
        ...{ kind: 'text', x: left - text * 0.6, text: name, family: 'mono', anchor: 'end' },
        ...middle,
        fill: 'text-1',
      },
      { ...box, x: left, width: room, fill: 'surface-2' },
      {
        ...box,
        x: bar.share < 0 ? zero - length : zero,
        width: length,
        fill: 'accent',
        opacity: bar.isCut ? 0.4 : 1,
      },
      ...(bar.isActual
        ? [{ ...box, x: left, width: room, stroke: 'accent-strong', strokeWidth: text / 8 } as const]
        : []),
      { ...{ kind: 'text', x: left + room + text * 0.5, text: bar.value }, ...middle, fill: 'text-2' },
    ];
  });
  const title: Mark = { kind: 'text', x: text, y: text, text: about, size: text, fill: 'text-2' };
  return { marks: [title, ...marks], height: row * (bars.length + 1) };
}

/** The text in lines, from y = 0 on. */
function textMarks(pieces: readonly Piece[], width: number, text: number) {
  const hasTags = pieces.some(({ tag }) => tag !== null);
  const line = text * (hasTags ? 2.6 : 1.7);
  const marks: Mark[] = [];
  let x = text;
  let y = hasTags ? text : 0;
  let tagEnd = 0;
  for (const piece of pieces) {
    const shown = piece.isSpecial ? visibleText(piece.text) : piece.text.replaceAll(/[\n\r]+/g, '↵');
    const own = textWidth(shown, { size: text });
    if (piece.isApart) x += text * 0.35;
    if (x + own > width - text && x > text) {
      x = text;
      y += line;
      tagEnd = 0;
    }
    const box = { kind: 'rect', x, y, width: own, height: text * 1.4 } as const;
    const fill = piece.category === null ? 'category-6' : categoryRole(piece.category);
    if ((piece.shade ?? 0) > 0) marks.push({ ...box, fill, opacity: (piece.shade ?? 0) * STRONGEST });
    if (piece.isAnswer) marks.push({ ...box, stroke: 'category-2', strokeWidth: text / 8 });
    if (piece.isWritten) marks.push({ ...box, y: y + text * 1.4, height: text / 8, fill: 'accent' });
    marks.push({
      ...{ kind: 'text', x, y: y + text * 0.7, text: shown, size: text, baseline: 'middle' },
      fill: piece.isSpecial ? 'text-3' : 'text-1',
    });
    if (piece.tag !== null && x >= tagEnd) {
      tagEnd = x + textWidth(piece.tag, { size: text * 0.75, weight: 700 }) + text * 0.3;
      marks.push({
        kind: 'text',
        x,
        y: y - text * 0.2,
        text: piece.tag,
        size: text * 0.75,
        fill: 'text-2',
        weight: 700,
      });
    }
    x += own;
  }
  return { marks, height: y + line };
}

function categoryRole(category: number) {
  return `category-${category as 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8}` as const;
}

/** How strong a shade is, from y = 0 on. */
function legendMarks(most: number, text: number) {
  const steps = Array.from({ length: 5 }, (_, i): Mark => ({
    ...{ kind: 'rect', x: text * (6 + i * 2), y: 0, width: text * 2, height: text },
    ...{ fill: 'category-6', opacity: (i / 4) * STRONGEST },
  }));
  const words = { kind: 'text', y: text / 2, size: text * 0.9, fill: 'text-3', baseline: 'middle' } as const;
  return {
    marks: [
      { ...words, x: text, text: 'surprisal 0' },
      ...steps,
      { ...words, x: text * 16.5, text: `${formatTick(most)} nats, a blind guess` },
    ],
    height: text,
  };
}
