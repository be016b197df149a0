/** What the lanes of a recurrent layer are, and how they share a pane. */
import type { RecurrentTrace } from '../../runs/run.ts';

export interface Lane {
  /** Name of the activation, [T, units]. */
  readonly activation: string;
  /** What it is, for people. */
  readonly title: string;
  /** How its gate works, in a few words. */
  readonly about: string;
  /** 0 … 1; or −1 … 1 and beyond. */
  readonly kind: 'gate' | 'signed';
}

const GATES: Readonly<Record<string, Omit<Lane, 'activation'>>> = {
  input: { title: 'input', about: 'how much of the new value is written', kind: 'gate' },
  forget: { title: 'forget', about: 'how much of the cell is kept', kind: 'gate' },
  cell: { title: 'candidate', about: 'the new value', kind: 'signed' },
  output: { title: 'output', about: 'how much of the cell is shown', kind: 'gate' },
  reset: { title: 'reset', about: 'how much of the state the new value sees', kind: 'gate' },
  update: { title: 'update', about: 'how much of the state is kept', kind: 'gate' },
  new: { title: 'new', about: 'the new value', kind: 'signed' },
};

/** Name of a direction's activations without their last part: `rnn.0`, `encoder.rnn.1.reverse`. */
function directionName(prefix: string, layer: number, reverse: boolean): string {
  return `${prefix}.${layer}${reverse ? '.reverse' : ''}`;
}

/** The lanes of one direction of one layer: its gates, then the cell of an LSTM, then the hidden state. */
export function lanesOf(trace: RecurrentTrace, layer: number, reverse: boolean): Lane[] {
  const name = directionName(trace.prefix, layer, reverse);
  const gates = trace.gates.flatMap((gate): Lane[] => {
    const known = GATES[gate];
    return known === undefined ? [] : [{ activation: `${name}.gates.${gate}`, ...known }];
  });
  const cell: Lane = {
    activation: `${name}.cell`,
    title: 'cell',
    about: 'what is remembered',
    kind: 'signed',
  };
  const hidden: Lane = {
    activation: `${name}.hidden`,
    title: 'hidden',
    about: 'what the next step and layer see',
    kind: 'signed',
  };
  return [...gates, ...(trace.cell === 'lstm' ? [cell] : []), hidden];
}

/** Room of the lanes in CSS pixels. */
export interface LanesLayout {
  readonly left: number;
  readonly width: number;
  /** Height of one lane, and from one to the next. */
  readonly height: number;
  readonly pitch: number;
  /** Cells of a lane. */
  readonly rows: number;
  readonly columns: number;
}

const LEFT = 90;
const RIGHT = 10;
/** Between lanes, with room and without. */
const GAP = 8;
const TIGHT_GAP = 4;
/** Height of the line of tokens under the lanes. */
export const AXIS = 26;
const LEAST = 18;
/** A lane of this height has room for two lines of words beside it. */
export const TWO_LINES = 34;
/** A step is never wider than this. */
const WIDEST_STEP = 44;

/** Lanes of equal height, one under another; taller than the pane when there are many. */
export function lanesLayout(room: {
  readonly width: number;
  readonly height: number;
  readonly lanes: number;
  readonly units: number;
  readonly steps: number;
  readonly ratio: number;
}): LanesLayout {
  const width = Math.max(Math.min(room.width - LEFT - RIGHT, room.steps * WIDEST_STEP), 20);
  const gap = room.height < AXIS + (TWO_LINES + GAP) * room.lanes ? TIGHT_GAP : GAP;
  const height = Math.max((room.height - AXIS - gap * room.lanes) / room.lanes, LEAST);
  return {
    left: LEFT,
    width,
    height,
    pitch: height + gap,
    rows: Math.max(1, Math.min(room.units, Math.round(height * room.ratio))),
    columns: Math.max(1, Math.min(room.steps, Math.round(width * room.ratio))),
  };
}

/** Orders in which units may stand. */
export const SORTS = ['number', 'mean', 'peak'] as const;
export type Sort = (typeof SORTS)[number];

/**
 * Units in an order: by their number, by their mean over time (largest first), or by the step at which they are largest.
 * @param values [T, H] of the lane that they are sorted by
 */
export function unitOrder(sort: Sort, values: ArrayLike<number>, units: number): Uint32Array<ArrayBuffer> {
  const order = Uint32Array.from({ length: units }, (_, unit) => unit);
  if (sort === 'number') return order;
  const steps = values.length / units;
  const keys = new Float64Array(units);
  const largest = new Float64Array(units).fill(-1);
  for (let t = 0; t < steps; t++)
    for (let unit = 0; unit < units; unit++) {
      const value = values[t * units + unit] ?? 0;
      if (sort === 'mean') keys[unit] = (keys[unit] ?? 0) - value / steps;
      else if (Math.abs(value) > (largest[unit] ?? 0)) {
        largest[unit] = Math.abs(value);
        keys[unit] = t;
      }
    }
  return order.sort((a, b) => (keys[a] ?? 0) - (keys[b] ?? 0) || a - b);
}
