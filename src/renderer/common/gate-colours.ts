import type { Role } from '../drawing/drawing.ts';

/** The colour of each gate and state of a recurrent layer, the same in every view. */
const COLOURS: Readonly<Record<string, Role>> = {
  input: 'category-3',
  forget: 'category-1',
  cell: 'category-7',
  output: 'category-2',
  reset: 'category-1',
  update: 'category-3',
  new: 'category-7',
};

/** Colours of the states: the cell and the hidden state are no gates. */
export const STATE_COLOURS: Readonly<Record<'cell' | 'hidden', Role>> = {
  cell: 'text-1',
  hidden: 'category-6',
};

/** @param gate as activations name it: `input`, `forget`, `cell` (an LSTM's candidate) … */
export function gateColour(gate: string): Role {
  return COLOURS[gate] ?? 'text-2';
}
