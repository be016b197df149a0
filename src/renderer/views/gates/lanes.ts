/** How the lanes of a recurrent layer share a pane. */
import { leastSize } from '../../drawing/text.ts';

/** Room of the lanes in CSS pixels. */
export interface LanesLayout {
  /** Size of the words: smaller where the lanes have little height. */
  readonly text: number;
  readonly left: number;
  readonly width: number;
  /** Height of one lane, and from one to the next. */
  readonly height: number;
  readonly pitch: number;
  /** Cells of a lane. */
  readonly rows: number;
  readonly columns: number;
}

/** Lengths, of the size of text: the room of names, and what is left free on the right. */
export const LEFT = 10.8;
const RIGHT = 0.8;
/** Between lanes, with room and without. */
const GAP = 0.7;
const TIGHT_GAP = 0.35;
/** Height of the line of tokens under the lanes. */
export const AXIS = 2.2;
/** Least height of a lane: a line of words. */
const LEAST = 1.15;
/** A lane of this height has room for two lines of words beside it. */
export const TWO_LINES = 2.8;

/** Lanes of equal height, one under another, as wide as the pane; taller than it when there are many. */
export function lanesLayout(room: {
  readonly width: number;
  readonly height: number;
  readonly lanes: number;
  /** Those that are shown. */
  readonly units: number;
  readonly steps: number;
  /** Pixels of the picture for each of the layout. */
  readonly ratio: number;
  /** Size of the words. */
  readonly text: number;
}): LanesLayout {
  const fitting = room.height / (AXIS + (LEAST + TIGHT_GAP) * room.lanes);
  const text = Math.min(room.text, Math.max(fitting, leastSize(room.text)));
  const width = Math.max(room.width - (LEFT + RIGHT) * room.text, 20);
  const gap = (room.height < (AXIS + (TWO_LINES + GAP) * room.lanes) * text ? TIGHT_GAP : GAP) * text;
  const height = Math.max((room.height - AXIS * text - gap * room.lanes) / room.lanes, LEAST * text);
  return {
    text,
    left: LEFT * room.text,
    width,
    height,
    pitch: height + gap,
    rows: Math.max(1, Math.min(room.units, Math.round(height * room.ratio))),
    columns: Math.max(1, Math.min(room.steps, Math.round(width * room.ratio))),
  };
}
