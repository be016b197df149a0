/** A cell's equations as a row of bars and signs, or as rows beneath each other where one has no room. */
import { textWidth } from '../../drawing/text.ts';
import type { Bar, CellPicture, Equation } from './equation.ts';

export type Slot = { readonly bar: Bar } | { readonly sign: string } | { readonly divider: true };

/** Room of a bar, of the size of text, and where there is little. */
const SLOT = 4;
const TIGHT_SLOT = 3.3;

/** How wide a slot is at a size of text. @param isTight bars have as little room as they can do with */
export function slotWidth(slot: Slot, text: number, isTight: boolean): number {
  if ('bar' in slot) return (isTight ? TIGHT_SLOT : SLOT) * text;
  return 'sign' in slot ? textWidth(slot.sign, { size: text * 1.3 }) + text * 0.5 : text * 1.6;
}

export function rowWidth(row: readonly Slot[], text: number, isTight: boolean): number {
  return row.reduce((sum, slot) => sum + slotWidth(slot, text, isTight), 0);
}

/** All in one row. */
export function oneRow({ inputs, equations }: CellPicture): readonly Slot[] {
  return [...inputs.map((bar): Slot => ({ bar })), ...equations.flatMap((one) => behind(one))];
}

/** As few rows as have room: an equation begins a new one where it must, and is broken before a sign where it is too wide. */
export function wrappedRows(
  { inputs, equations }: CellPicture,
  width: number,
  text: number,
): readonly (readonly Slot[])[] {
  const fits = (row: readonly Slot[]) => rowWidth(row, text, true) <= width;
  const rows: (readonly Slot[])[] = [];
  let row: readonly Slot[] = inputs.map((bar): Slot => ({ bar }));
  for (const equation of equations) {
    const longer = [...row, ...behind(equation)];
    if (fits(longer)) {
      row = longer;
      continue;
    }
    rows.push(row);
    row = slotsOf(equation);
    for (;;) {
      const at = fits(row)
        ? -1
        : row.findLastIndex((slot, i) => i > 0 && isBreak(slot) && fits(row.slice(0, i)));
      if (at < 0) break;
      rows.push(row.slice(0, at));
      row = row.slice(at);
    }
  }
  return [...rows, row];
}

/** A line may end before it. */
const isBreak = (slot: Slot) => 'sign' in slot && ['=', '+', '·'].includes(slot.sign);

const slotsOf = ({ left, result }: Equation): readonly Slot[] => [
  ...left.map((one): Slot => (typeof one === 'string' ? { sign: one } : { bar: one })),
  { sign: '=' },
  { bar: result },
];

/** Behind what stands in the row already; the result of the equation before is not drawn again. */
function behind(equation: Equation): readonly Slot[] {
  const slots = slotsOf(equation);
  return equation.continues === true ? slots.slice(1) : [{ divider: true }, ...slots];
}
