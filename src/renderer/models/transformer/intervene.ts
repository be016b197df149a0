/** Changes that a user asks for, checked and turned into what a pass does. */
import { HeadgateError } from '../../../common/error.ts';
import { rowsOf, type GpuTensor } from '../../gpu/tensor.ts';
import type { AttentionMap, Run } from '../../runs/run.ts';
import type { Intervention } from '../../runs/facets/changes.ts';
import type { Edits, HeadEdit, StateEdit } from './edits.ts';
import type { Stack } from './stack.ts';

/** Edits of a pass, and the first layer that they concern. */
export interface PlannedEdits {
  readonly edits: Edits;
  readonly from: number;
  /** Lets go of other runs' states; call it once the pass is queued. */
  readonly release: () => void;
}

/** A stack that is to be changed, over one text. */
export interface Editable {
  readonly stack: Stack;
  /** `T` */
  readonly tokens: number;
  /** Name of the activation that holds a hidden state. */
  readonly state: (layer: number) => string;
}

/**
 * The run that changes count from: `base`, or what a changed `base` was made of.
 * @param kind the class of the model's runs
 * @throws HeadgateError `bad-intervention` for a run of another model.
 */
export function originOf<Kind extends Run>(
  base: Run,
  { id }: Run['model'],
  kind: abstract new (...parts: never[]) => Kind,
): Kind {
  const origin = base.facet('changes')?.base ?? base;
  if (origin instanceof kind && origin.model.id === id) return origin;
  throw bad(
    `The run to be changed is one of ${origin.model.name}, not of the model that is open.`,
    'Run the text with the open model first.',
  );
}

/**
 * @param attentions the kinds of attention that the model has
 * @param sides the stacks that a state may be of; empty: there is one
 * @throws HeadgateError `bad-intervention` for no change at all, or one of another kind of attention or stack.
 */
export function checkChanges(
  changes: readonly Intervention[],
  attentions: readonly AttentionMap['kind'][],
  sides: readonly ('encoder' | 'decoder')[],
): void {
  if (changes.length === 0) throw bad('Nothing is changed.', 'Choose a head or a state first.');
  for (const change of changes) {
    const wanted = change.kind === 'head' ? change.attention : change.side;
    const known: readonly string[] = change.kind === 'head' ? attentions : sides;
    if (wanted !== undefined && !known.includes(wanted))
      throw bad(
        `This model has no ${change.kind === 'head' ? `${wanted} attention` : wanted}.`,
        'Choose a head or a state of the run.',
      );
  }
}

/**
 * The edits of one stack.
 * @param changes those that concern it
 * @throws HeadgateError `bad-intervention` for a layer, head, position or state that there is not.
 */
export async function planEdits(
  changes: readonly Intervention[],
  { stack: { layers, width }, tokens, state }: Editable,
): Promise<PlannedEdits> {
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
        checkIndex('position', position, tokens);
        const value = from === null ? null : await stateOf(from, state(layer), width, leases);
        states.push({ layer, position, value });
      }
  } catch (error) {
    release();
    throw error;
  }
  const from = Math.min(layers.length, ...[...heads, ...states].map(({ layer }) => layer));
  return { edits: { heads, states }, from, release };
}

function headEdit(
  { attention: kind, layer, head, factor }: Intervention & { kind: 'head' },
  layers: Stack['layers'],
): HeadEdit {
  const attention = kind === 'cross' ? 'cross' : 'self';
  checkIndex('layer', layer, layers.length);
  const own = attention === 'cross' ? layers[layer]?.cross : layers[layer]?.attention;
  checkIndex('head', head, own?.heads ?? 0);
  if (factor !== 'mean' && !Number.isFinite(factor))
    throw bad(`A head can't be multiplied by ${factor}.`, 'Give a number.');
  return { layer, attention, head, factor };
}

/** A row of another run's hidden state. */
async function stateOf(
  { run, position }: { readonly run: Run; readonly position: number },
  name: string,
  width: number,
  leases: { release(): void }[],
): Promise<GpuTensor> {
  const state = run.activations.get(name);
  if (state?.shape[1] !== width)
    throw bad(`The other run has no “${name}” of width ${width}.`, 'Take it from a run of the same model.');
  checkIndex('position', position, state.shape[0] ?? 0);
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

function bad(message: string, hint: string): HeadgateError {
  return new HeadgateError('bad-intervention', message, hint);
}
