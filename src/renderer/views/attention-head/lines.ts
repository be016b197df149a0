import { elide, visibleText } from '../../common/tokens.ts';
import type { Drawing, Mark, Paint } from '../../drawing/drawing.ts';
import { textWidth } from '../../drawing/text.ts';
import type { Token } from '../../runs/run.ts';
import type { Link } from './links.ts';

/** What lines are drawn between: tokens at the left look at tokens at the right. */
export interface LinesFigure {
  readonly queries: readonly Token[];
  readonly keys: readonly Token[];
  readonly links: readonly Link[];
  /** `H` */
  readonly heads: number;
  /** Rows in sight [from, to): only lines that touch them are drawn. */
  readonly sight: readonly [number, number];
  readonly looked: { readonly row: number | null; readonly column: number | null };
  readonly title: string;
}

/** Lines that are drawn at most, the strongest ones. */
const MOST_LINES = 4000;
/** Characters of a token. */
const LONGEST = 22;

/** Height of a row of tokens. */
export function lineRow(text: number): number {
  return text * 1.6;
}

/** Tokens in two columns with a line for each link, the stronger the more opaque. */
export function linesDrawing(figure: LinesFigure, width: number, text: number): Drawing {
  const { queries, keys, sight, looked, title } = figure;
  const row = lineRow(text);
  const face = { size: text, family: 'mono' } as const;
  const name = (token: Token) => elide(visibleText(token.text), LONGEST);
  const widest = (tokens: readonly Token[]) =>
    Math.min(
      Math.max(text * 3, ...tokens.slice(0, 2000).map((token) => textWidth(name(token), face))),
      width * 0.3,
    );
  const left = widest(queries) + text * 1.4;
  const right = width - widest(keys) - text * 1.4;
  const [from, to] = sight;
  const isSeen = (index: number) => index >= from && index < to;
  const isLooked = ({ query, key }: Link) =>
    looked.row === null ? looked.column !== null && key === looked.column : query === looked.row;
  const isFree = looked.row === null && looked.column === null;
  const lines = figure.links
    .filter(({ query, key }) => isSeen(query) || isSeen(key))
    .toSorted((a, b) => b.weight - a.weight)
    .slice(0, MOST_LINES)
    .toSorted((a, b) => a.weight - b.weight)
    .map((link): Mark => {
      const [y0, y1] = [(link.query + 0.5) * row, (link.key + 0.5) * row];
      const middle = (left + right) / 2;
      const isStrong = isFree || isLooked(link);
      return {
        kind: 'path',
        d: `M${left} ${y0}C${middle} ${y0} ${middle} ${y1} ${right} ${y1}`,
        stroke: { head: link.head, of: figure.heads },
        strokeWidth: text / (isStrong && !isFree ? 6 : 8),
        opacity: Math.min(Math.max(link.weight, 0.06), 1) * (isStrong ? 1 : 0.15),
      };
    });
  /** How much the looked-at token gives to, or gets from, each token of the other column. */
  const shares = new Map<number, number>();
  for (const link of figure.links)
    if (!isFree && isLooked(link)) {
      const other = looked.row === null ? link.query : link.key;
      shares.set(other, Math.max(shares.get(other) ?? 0, link.weight));
    }
  const tokensOf = (tokens: readonly Token[], side: 'query' | 'key'): Mark[] =>
    tokens.flatMap((token, index): Mark[] => {
      if (!isSeen(index)) return [];
      const isSelf = index === (side === 'query' ? looked.row : looked.row === null ? looked.column : null);
      const share = isSelf || (side === 'key') === (looked.row === null) ? undefined : shares.get(index);
      const x = side === 'query' ? left - text * 0.5 : right + text * 0.5;
      const fill: Paint = isSelf ? side : token.special ? 'text-3' : 'text-1';
      const box = {
        ...{ kind: 'rect' as const, y: index * row + row * 0.06, height: row * 0.88, radius: text / 4 },
        ...{
          x: side === 'query' ? 0 : right + text * 0.2,
          width: side === 'query' ? left - text * 0.2 : width - right,
        },
      };
      const marks: Mark[] = [
        { ...box, fill: 'surface-1' },
        ...(share === undefined ? [] : [{ ...box, fill: side, opacity: 0.15 + 0.6 * Math.min(share, 1) }]),
        {
          ...{ kind: 'text', x, y: (index + 0.5) * row, text: name(token), ...face, fill },
          ...{ anchor: side === 'query' ? 'end' : 'start', baseline: 'middle', weight: isSelf ? 700 : 400 },
        },
      ];
      return [{ kind: 'group', id: `${side} ${index}`, marks }];
    });
  return {
    width,
    height: Math.max(queries.length, keys.length) * row,
    marks: [...lines, ...tokensOf(queries, 'query'), ...tokensOf(keys, 'key')],
    title,
  };
}
