/** What the gates and states of a recurrent layer are, for views: a lane for each. */
import { gateColour, STATE_COLOURS } from '../gate-colours.ts';
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
