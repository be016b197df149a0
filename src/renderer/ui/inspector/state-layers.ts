import { activationName, type StackSide } from '../../runs/activation-names.ts';
import type { Run } from '../../runs/run.ts';

/** The hidden states of a stack. */
export interface StateLayers {
  readonly side: StackSide;
  /** Of `hidden_states.<layer>`, from the embeddings on. */
  readonly count: number;
}

/** The stacks whose residual streams a run has; a decoder stands before its encoder. */
export function stateLayers({ activations }: Pick<Run, 'activations'>): readonly StateLayers[] {
  const states = [...activations.values()].filter(
    ({ kind, direction }) => kind === 'hidden_state' && direction === null,
  );
  return ([null, 'decoder', 'encoder'] as const)
    .map((side) => ({ side, count: states.filter(({ stack }) => stack === side).length }))
    .filter(({ count }) => count > 0);
}

/** `hidden_states.3`, `encoder_hidden_states.3` */
export function stateName(side: StackSide | undefined, layer: number): string {
  return activationName({ kind: 'hidden_state', stack: side ?? null, layer });
}
