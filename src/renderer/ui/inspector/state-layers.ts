import type { Run } from '../../runs/run.ts';

/** The hidden states of a stack. */
export interface StateLayers {
  readonly side: 'encoder' | 'decoder' | null;
  /** Of `hidden_states.<layer>`, from the embeddings on. */
  readonly count: number;
}

/** The stacks whose states a run has; a decoder stands before its encoder. */
export function stateLayers({ activations }: Pick<Run, 'activations'>): readonly StateLayers[] {
  const count = (prefix: string) => {
    let layers = 0;
    while (activations.has(`${prefix}hidden_states.${layers}`)) layers++;
    return layers;
  };
  return [
    { side: null, count: count('') },
    { side: 'decoder', count: count('decoder_') },
    { side: 'encoder', count: count('encoder_') },
  ].filter((stack): stack is StateLayers => stack.count > 0);
}

/** `hidden_states.3`, `encoder_hidden_states.3` */
export function stateName(side: string | null | undefined, layer: number): string {
  return side === null || side === undefined ? `hidden_states.${layer}` : `${side}_hidden_states.${layer}`;
}
