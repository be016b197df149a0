/** Changes that a user asks for, checked and turned into what a pass does. */
import { AppError } from '../../error.ts';
import type { GpuTensor } from '../../gpu/tensor.ts';
import { rowsOf } from '../../gpu/tensor.ts';
import type { Intervention, Run } from '../../runs/run.ts';
import type { Edits, HeadEdit, StateEdit } from './edits.ts';
import { TransformerRun } from './run.ts';
import type { Stack } from './stack.ts';

/** Edits of a pass, and the first layer that they concern. */
export interface PlannedEdits {
  readonly edits: Edits;
  readonly from: number;
  /** Lets go of other runs' states; call it once the pass is queued. */
  readonly release: () => void;
}

/**
 * The run that changes count from: `base`, or what a changed `base` was made of.
 * @throws AppError `bad-intervention` for a run of another model.
 */
export function originOf(base: Run, { id }: Run['model']): TransformerRun {
  const origin = base.intervened?.base ?? base;
  if (origin instanceof TransformerRun && origin.model.id === id) return origin;
  throw new AppError(
    'bad-intervention',
    `The run to be changed is one of ${origin.model.name}, not of the model that is open.`,
    'Run the text with the open model first.',
  );
}

/** @throws AppError `bad-intervention` for a layer, head, position or state that there is not. */
export async function planEdits(
  changes: readonly Intervention[],
  origin: Run,
  { layers, width }: Stack,
): Promise<PlannedEdits> {
  if (changes.length === 0) throw bad('Nothing is changed.', 'Choose a head or a state first.');
  const heads: HeadEdit[] = [];
  const states: StateEdit[] = [];
  const leases: { release(): void }[] = [];
  const release = () => {
    for (const lease of leases.splice(0)) lease.release();
  };
  try {
    for (const change of changes)
      if (change.kind === 'head') heads.push(headEdit(change, layers));
      else {
        const { layer, position, from } = change;
        checkIndex('layer', layer, layers.length + 1);
        checkIndex('position', position, origin.tokens.length);
        const value = from === null ? null : await stateOf(from, layer, width, leases);
        states.push({ layer, position, value });
      }
  } catch (error) {
    release();
    throw error;
  }
  const from = Math.min(...[...heads, ...states].map(({ layer }) => layer));
  return { edits: { heads, states }, from, release };
}

function headEdit(
  { layer, head, factor }: Intervention & { kind: 'head' },
  layers: Stack['layers'],
): HeadEdit {
  checkIndex('layer', layer, layers.length);
  checkIndex('head', head, layers[layer]?.attention.heads ?? 0);
  if (factor !== 'mean' && !Number.isFinite(factor))
    throw bad(`A head can't be multiplied by ${factor}.`, 'Give a number.');
  return { layer, head, factor };
}

/** A row of another run's hidden state. */
async function stateOf(
  { run, position }: { readonly run: Run; readonly position: number },
  layer: number,
  width: number,
  leases: { release(): void }[],
): Promise<GpuTensor> {
  checkIndex('position', position, run.tokens.length);
  const state = run.activations.get(`hidden_states.${layer}`);
  if (state?.shape[1] !== width)
    throw bad(
      `The other run has no state of width ${width} before layer ${layer}.`,
      'Take it from a run of the same model.',
    );
  const lease = await state.lease();
  leases.push(lease);
  return rowsOf(lease.tensor, position, position + 1);
}

function checkIndex(name: string, index: number, count: number): void {
  if (!Number.isInteger(index) || index < 0 || index >= count)
    throw bad(
      `There is no ${name} ${index}; the ${name}s are 0 to ${count - 1}.`,
      `Choose a ${name} of the run.`,
    );
}

function bad(message: string, hint: string): AppError {
  return new AppError('bad-intervention', message, hint);
}
