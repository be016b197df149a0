/** Which columns of numbers a picture has, and how wide they are, in sizes of its text. */
import { formatPercent, formatValue } from '../../common/numbers.ts';
import type { HeadSteps, KeySteps } from '../../runs/head-steps.ts';
import type { PhaseId } from './phases.ts';

export interface Column {
  readonly name: string;
  /** The step in which its numbers arise. */
  readonly phase: PhaseId;
  readonly kind: 'number' | 'weight' | 'keys' | 'values';
  readonly width: number;
  readonly text?: (key: KeySteps) => string;
}

const LABEL = 9;

/** The least that is left out first where there is no room. */
const LEAST: readonly PhaseId[] = ['mask', 'scale', 'bias', 'cap', 'values', 'ask', 'product'];

/** @param room width of the picture, in sizes of its text @param phases that the head takes */
export function columnsOf(
  { score, byHand }: Pick<HeadSteps, 'score' | 'byHand'>,
  phases: readonly PhaseId[],
  room: number,
): { readonly label: number; readonly columns: readonly Column[] } {
  const numbers = (phase: PhaseId, name: string, text: (key: KeySteps) => string): Column => ({
    ...{ phase, name, text, kind: 'number', width: 5 },
  });
  const all: Column[] = [
    { name: 'k', phase: 'ask', kind: 'keys', width: 9 },
    numbers('product', score === 'additive' ? 'score' : 'q · k', (key) =>
      formatValue(score === 'additive' ? key.score : key.product),
    ),
    numbers('scale', 'scaled', ({ scaled }) => formatValue(scaled)),
    numbers('cap', 'capped', ({ capped }) => formatValue(capped)),
    numbers('bias', '+ bias', ({ bias }) => formatValue(bias)),
    numbers('mask', 'score', (key) => formatValue(key.score)),
    { name: byHand ? 'by hand' : 'weight', phase: 'softmax', kind: 'weight', width: 10, text: weightText },
    { name: 'weight · v', phase: 'values', kind: 'values', width: 9 },
  ];
  let columns = all.filter(({ phase }) => phases.includes(phase));
  const wanted = () => columns.reduce((sum, { width }) => sum + width + 1, LABEL);
  for (const phase of LEAST)
    if (wanted() > room) columns = columns.filter((column) => column.phase !== phase);
  // What room is left goes to what is drawn and not written.
  const drawn = columns.filter(({ kind }) => kind !== 'number').length + 1;
  const more = Math.max(0, (room - wanted()) / drawn);
  return {
    label: LABEL + Math.min(more, 8),
    columns: columns.map((column) =>
      column.kind === 'number' ? column : { ...column, width: column.width + more },
    ),
  };
}

function weightText({ weight }: KeySteps): string {
  return formatPercent(weight);
}
