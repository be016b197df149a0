/**
 * What activations are, and what they are called: Hugging Face's names where they exist (`hidden_states.3`,
 * `decoder_attentions.0`), PyTorch's for recurrent layers (`encoder.rnn.1.reverse.gates.forget`). Names are made here
 * and never taken apart: whoever wants to know what an activation is reads its fields.
 */

/** What the names of a recurrent layer's activations end with. */
const RECURRENT = {
  /** [T, P] */
  hidden_state: 'hidden',
  /** [T, H] of an LSTM. */
  cell: 'cell',
  /** [T, H], each of its own: `gate`. */
  gate: 'gates',
  /** ‖∂h_T/∂h_t‖, [T] */
  gradient_norm: 'gradient_norm',
  /** ‖∂h_T/∂c_t‖ of an LSTM, [T] */
  gradient_norm_cell: 'gradient_norm_cell',
  /** ‖∂c_T/∂c_t‖ of an LSTM, [T] */
  cell_gradient_norm: 'cell_gradient_norm',
} as const;

/** Kinds of which every layer of a stack has one. */
const LAYERED = {
  /** The residual stream before (0) and after every layer, [T, D]. */
  hidden_state: 'hidden_states',
  /** Patterns of self-attention, [H, T, T]. */
  attention: 'attentions',
  /** Patterns of a decoder over its source, [H, T, S]. */
  cross_attention: 'cross_attentions',
  /** Neurons of a feed-forward part: what goes into its last matrix, [T, F]. */
  mlp: 'mlp',
} as const;

/** Kinds that a run, or a stack of it, has one of. */
const SINGLE = {
  /** What the first recurrent layer reads, [T, E]. */
  embeddings: 'embeddings',
  /** [T, V]; of labels [T, C], or [C] of the whole text; of a discriminator [T]. */
  logits: 'logits',
  /** Of an answer's beginning and of its end, [T]. */
  start_logits: 'start_logits',
  end_logits: 'end_logits',
  /** A recurrent decoder's attention before the softmax, [T, S], after it, and what it makes of the source, [T, D]. */
  attention_scores: 'attention.scores',
  attention_weights: 'attention.weights',
  attention_context: 'attention.context',
  attention_vector: 'attention.vector',
  /** [D] */
  pooler_output: 'pooler_output',
  /** [W] */
  sentence_embedding: 'sentence_embedding',
} as const;

export type ActivationKind = keyof typeof RECURRENT | keyof typeof LAYERED | keyof typeof SINGLE;

/** The stack of an encoder-decoder; null: the model has one. */
export type StackSide = 'encoder' | 'decoder' | null;

/** Which activation of a run it is. */
export interface ActivationKey {
  readonly kind: ActivationKind;
  readonly stack: StackSide;
  /** From 0; of a residual stream, 0 are the embeddings. Null: it is of no layer. */
  readonly layer: number | null;
  /** Of a recurrent layer, how it reads; null: it is of no recurrent layer. */
  readonly direction: 'forward' | 'reverse' | null;
  /** Of a gate, its name: `forget`. */
  readonly gate: string | null;
}

/** A key with what is left out as null. */
export function keyOf(given: Pick<ActivationKey, 'kind'> & Partial<ActivationKey>): ActivationKey {
  return { stack: null, layer: null, direction: null, gate: null, ...given };
}

/** `hidden_states.3`, `encoder_attentions.0`, `decoder.rnn.1.reverse.gates.forget`, `logits` */
export function activationName(given: Pick<ActivationKey, 'kind'> & Partial<ActivationKey>): string {
  const { kind, stack, layer, direction, gate } = keyOf(given);
  if (direction !== null && layer !== null && isIn(RECURRENT, kind)) {
    const names = [recurrentLayerName({ stack, layer, direction }), RECURRENT[kind]];
    return [...names, ...(gate === null ? [] : [gate])].join('.');
  }
  if (layer !== null && isIn(LAYERED, kind))
    return `${stack === null ? '' : `${stack}_`}${LAYERED[kind]}.${layer}`;
  if (isIn(SINGLE, kind)) return `${stack === null ? '' : `${stack}.`}${SINGLE[kind]}`;
  throw new Error(`An activation of kind ${kind} has a layer.`);
}

/** A stack of recurrent layers: `rnn`, `encoder.rnn` */
export function recurrentStackName(stack: StackSide): string {
  return stack === null ? 'rnn' : `${stack}.rnn`;
}

/** One direction of a recurrent layer: `rnn.0`, `encoder.rnn.1.reverse` */
export function recurrentLayerName({
  stack,
  layer,
  direction,
}: Pick<ActivationKey, 'stack' | 'layer' | 'direction'>): string {
  return `${recurrentStackName(stack)}.${layer}${direction === 'reverse' ? '.reverse' : ''}`;
}

/** How the units of a recurrent layer follow a feature of the text: `units.1.place_in_word`, `encoder.units.0.reverse.capital` */
export function unitFeatureName(
  { stack, layer, direction }: Pick<ActivationKey, 'stack' | 'layer' | 'direction'>,
  feature: string,
): string {
  const reverse = direction === 'reverse' ? '.reverse' : '';
  return `${stack === null ? '' : `${stack}.`}units.${layer}${reverse}.${feature}`;
}

function isIn<Names extends object>(names: Names, kind: PropertyKey): kind is keyof Names {
  return kind in names;
}
