/** What the lanes of a recurrent layer are, and how they share a pane. */
import { gateColour, STATE_COLOURS } from '../../common/gate-colours.ts';
import type { Role } from '../../drawing/drawing.ts';
import type { RecurrentTrace } from '../../runs/facets/recurrent.ts';
import { activationName } from '../../runs/activation-names.ts';

export interface Lane {
  /** Name of the activation, [T, units]. */
  readonly activation: string;
  /** What it is, for people. */
  readonly title: string;
  /** How its gate works, in a few words. */
  readonly about: string;
  /** 0 … 1; or −1 … 1 and beyond. */
  readonly kind: 'gate' | 'signed';
  readonly colour: Role;
  /** How much of the last state a unit keeps: its logarithm tells how long. */
  readonly keeps: boolean;
}

const GATES: Readonly<Record<string, Pick<Lane, 'title' | 'about' | 'kind'>>> = {
  input: { title: 'input', about: 'how much of the new value is written', kind: 'gate' },
  forget: { title: 'forget', about: 'how much of the cell is kept', kind: 'gate' },
  cell: { title: 'candidate', about: 'the new value', kind: 'signed' },
  output: { title: 'output', about: 'how much of the cell is shown', kind: 'gate' },
  reset: { title: 'reset', about: 'how much of the state the new value sees', kind: 'gate' },
  update: { title: 'update', about: 'how much of the state is kept', kind: 'gate' },
  new: { title: 'new', about: 'the new value', kind: 'signed' },
};

/** The lanes of one direction of one layer: its gates, then the cell of an LSTM, then the hidden state. */
export function lanesOf(trace: RecurrentTrace, layer: number, reverse: boolean): Lane[] {
  const direction = reverse ? 'reverse' : 'forward';
  const nameOf = (kind: 'gate' | 'cell' | 'hidden_state', gate: string | null = null) =>
    activationName({ kind, gate, stack: trace.stack, layer, direction });
  const gates = trace.gates.flatMap((gate): Lane[] => {
    const known = GATES[gate];
    const keeps = gate === 'forget' || gate === 'update';
    return known === undefined
      ? []
      : [{ activation: nameOf('gate', gate), ...known, colour: gateColour(gate), keeps }];
  });
  const state = (title: 'cell' | 'hidden', about: string): Lane => ({
    activation: nameOf(title === 'cell' ? 'cell' : 'hidden_state'),
    colour: STATE_COLOURS[title],
    ...{ title, about, kind: 'signed', keeps: false },
  });
  return [
    ...gates,
    ...(trace.cell === 'lstm' ? [state('cell', 'what is remembered')] : []),
    state('hidden', 'what the next step and layer see'),
  ];
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

/** Lengths, of the size of text: the room of names, and what is left free on the right. */
export const LEFT = 10.8;
const RIGHT = 0.8;
/** Between lanes, with room and without. */
const GAP = 0.7;
const TIGHT_GAP = 0.35;
/** Height of the line of tokens under the lanes. */
export const AXIS = 2.2;
const LEAST = 1.5;
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
  const { text } = room;
  const width = Math.max(room.width - (LEFT + RIGHT) * text, 20);
  const gap = (room.height < (AXIS + (TWO_LINES + GAP) * room.lanes) * text ? TIGHT_GAP : GAP) * text;
  const height = Math.max((room.height - AXIS * text - gap * room.lanes) / room.lanes, LEAST * text);
  return {
    left: LEFT * text,
    width,
    height,
    pitch: height + gap,
    rows: Math.max(1, Math.min(room.units, Math.round(height * room.ratio))),
    columns: Math.max(1, Math.min(room.steps, Math.round(width * room.ratio))),
  };
}
