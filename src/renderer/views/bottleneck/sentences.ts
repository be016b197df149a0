/** The two sentences: what was read, and what was written with how sure it was. */
import { formatPercent } from '../../common/numbers.ts';
import type { Mark } from '../../drawing/drawing.ts';
import { textWidth } from '../../drawing/text.ts';
import type { Density } from './density.ts';
import type { OutputWord } from './reading.ts';

/** Marks from the left edge of the picture and from y = 0 on. */
export interface Part {
  readonly marks: readonly Mark[];
  readonly height: number;
}

export function sourceMarks(words: readonly string[], width: number, text: number, density: Density): Part {
  const line = text * (density.boxes ? 2.2 : 1.35);
  const flown = flowIn(words, width, text, { pad: density.boxes ? 1 : 0, lines: density.sourceLines });
  const marks = flown.words.flatMap(({ word, x, line: row, width: own }): Mark[] => {
    const y = row * line;
    const inside = density.boxes ? text * 0.5 : 0;
    const box: Mark = {
      ...{ kind: 'rect', x, y, width: own, height: text * 1.8 },
      ...{ radius: text / 4, fill: 'surface-3' },
    };
    return [
      ...(density.boxes ? [box] : []),
      {
        ...{ kind: 'text', x: x + inside, y: y + text * (density.boxes ? 0.9 : 0.6), text: word, size: text },
        ...{ family: 'mono', fill: 'text-1', baseline: 'middle' },
      },
    ];
  });
  return { marks, height: flown.lines * line };
}

/** Words are named `token-4` by their first tokens. */
export function outputMarks(
  words: readonly OutputWord[],
  looked: number | null,
  width: number,
  text: number,
  { bar, shares }: Density,
): Part {
  const below = text * (shares ? 3.4 : bar < 0.6 ? 1.45 : 1.7);
  const line = text * bar + below + text * (shares ? 0.5 : 0.2);
  const flown = flow(
    words.map((word) => word.text),
    width,
    text,
    { pad: shares ? 1 : 0.4, least: shares ? textWidth('>99.9 %', { size: text }) + text * 0.8 : text * 2 },
  );
  const marks = flown.words.flatMap(({ x, line: row, width: own }, index): Mark[] => {
    const word = words[index];
    if (word === undefined) return [];
    const look = { width: own, height: text * bar, below, text, shares, isLooked: looked === word.token };
    return [{ kind: 'group', id: `token-${word.token}`, x, y: row * line, marks: wordMarks(word, look) }];
  });
  return { marks, height: flown.lines * line };
}

/** A bar as high as it was sure, the word, and its share. */
function wordMarks(
  { text: word, probability, wrong }: OutputWord,
  {
    width,
    height,
    below,
    text,
    shares,
    isLooked,
  }: {
    readonly width: number;
    readonly height: number;
    readonly below: number;
    readonly text: number;
    readonly shares: boolean;
    readonly isLooked: boolean;
  },
): Mark[] {
  const filled = height * Math.min(Math.max(probability, 0), 1);
  const column = { kind: 'rect', x: width * 0.1, width: width * 0.8 } as const;
  const middle = { kind: 'text', x: width / 2, size: text, anchor: 'middle' } as const;
  const share: Mark = { ...middle, y: height + text * 2.7, text: formatPercent(probability), fill: 'text-2' };
  // Colour is not all that tells it.
  const mark: Mark = {
    ...{ kind: 'line', x1: width * 0.1, y1: height + text * 1.55, x2: width * 0.9 },
    ...{ y2: height + text * 1.55, stroke: 'danger', strokeWidth: text / 8 },
  };
  return [
    {
      ...{ kind: 'rect', x: 0, y: 0, width, height: height + below },
      fill: isLooked ? 'accent-soft' : 'surface-1',
    },
    { ...column, y: 0, height, fill: 'surface-3' },
    { ...column, y: height - filled, height: filled, fill: wrong ? 'danger' : 'accent' },
    {
      ...{ ...middle, y: height + text * 1.2, text: word, family: 'mono' },
      ...{ fill: wrong ? 'danger' : 'text-1', weight: wrong ? 700 : 400 },
    },
    ...(shares ? [share] : []),
    ...(wrong ? [mark] : []),
  ];
}

/** Words in at most so many lines; what has no room is left out in the middle. */
function flowIn(
  words: readonly string[],
  width: number,
  text: number,
  { pad, lines }: { readonly pad: number; readonly lines: number },
): ReturnType<typeof flow> {
  for (let kept = words.length; ; kept--) {
    const half = Math.ceil(kept / 2);
    const shown = kept === words.length ? words : [...words.slice(0, half), '…', ...words.slice(half - kept)];
    const flown = flow(shown, width, text, { pad });
    if (flown.lines <= lines || kept <= 2) return flown;
  }
}

/** Words in lines of a width. @param about in sizes of text: what is free around a word; in pixels: its least width */
function flow(
  words: readonly string[],
  width: number,
  text: number,
  { pad, least = 0 }: { readonly pad: number; readonly least?: number },
): {
  readonly words: readonly { word: string; x: number; line: number; width: number }[];
  readonly lines: number;
} {
  let [x, line] = [0, 0];
  const placed = words.map((word) => {
    const own = Math.max(textWidth(word, { size: text, family: 'mono' }) + pad * text, least);
    if (x > 0 && x + own > width) [x, line] = [0, line + 1];
    const place = { word, x, line, width: own };
    x += own + text * (pad === 0 ? 0.7 : 0.4);
    return place;
  });
  return { words: placed, lines: words.length === 0 ? 0 : line + 1 };
}
