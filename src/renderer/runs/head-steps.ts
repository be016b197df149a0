/** How one query of one head comes to its weights, and what it reads by them. S keys, d head width, D width of the states. */

/** Numbers of one query of one head, in the order in which they arise (Vaswani et al. 2017, section 3.2.1). */
export interface HeadSteps {
  /** How a score is made of q and k: q·k, or v·tanh(q + k) (Bahdanau et al. 2015), of which only the result is told. */
  readonly score: 'dot' | 'additive';
  /** The score by the decoder's state q and an encoder's state k as they are, of a decoder that scores those: `q · W k`. */
  readonly formula?: string;
  /** [d], after its norm and its turn by position. */
  readonly query: Float32Array;
  /** [S, d], likewise; of the head of keys that this head reads. */
  readonly keys: Float32Array;
  /** [S, width of `context`] */
  readonly values: Float32Array;
  /** Head of keys and values; as the head itself unless several share them (grouped queries). */
  readonly keyHead: number;
  /** q and k are turned by their positions before they are multiplied (rotary positions). */
  readonly turned: boolean;
  /** Multiplies the products. */
  readonly scale: number;
  /** Scaled products become cap·tanh(x / cap); null: they stay. */
  readonly softCap: number | null;
  /** Added to the scores, [S]; null: nothing is. */
  readonly bias: Float32Array | null;
  /** 1: the query sees the key; 0: it is masked, [S]. */
  readonly visible: Uint8Array;
  /** Keys further away than this are masked; null: none. */
  readonly window: number | null;
  /** What goes into the softmax, [S]; −Infinity where the key is masked. */
  readonly scores: Float32Array;
  /** softmax(scores), unless they were set by hand, [S]. */
  readonly weights: Float32Array;
  readonly byHand: boolean;
  /** Σ weights · values, [d]. */
  readonly context: Float32Array;
  /** What a change makes of the context: a factor, or its mean over all queries; null: nothing. */
  readonly change: number | 'mean' | null;
  /** The context after the change, [d]. */
  readonly read: Float32Array;
  /** What the head adds: its columns of the output projection times `read`, without the bias, [D]; null: it has no projection. */
  readonly written: Float32Array | null;
}

/** One key of `HeadSteps`, step by step. */
export interface KeySteps {
  /** q·k; NaN for additive scores. */
  readonly product: number;
  /** product · scale */
  readonly scaled: number;
  /** After the soft cap; as `scaled` without one. */
  readonly capped: number;
  /** 0 without one. */
  readonly bias: number;
  readonly visible: boolean;
  /** What goes into the softmax. */
  readonly score: number;
  /** e^(score − largest score) */
  readonly exponential: number;
  readonly weight: number;
}

/** All keys of a query, [S]. */
export function keySteps(steps: HeadSteps): KeySteps[] {
  const { score: rule, query, keys, scale, softCap, bias, visible, scores, weights } = steps;
  const largest = scores.reduce((most, score) => Math.max(most, score), -Infinity);
  return Array.from(scores, (score, s) => {
    const product = rule === 'additive' ? NaN : dot(query, keys, s * query.length);
    const scaled = product * scale;
    return {
      product,
      scaled,
      capped: softCap === null ? scaled : softCap * Math.tanh(scaled / softCap),
      bias: bias?.[s] ?? 0,
      visible: visible[s] === 1,
      score,
      exponential: Math.exp(score - largest),
      weight: weights[s] ?? NaN,
    };
  });
}

/** What goes into the softmax: cap(scale·q·k) + bias, and −Infinity for keys that are masked, [S]. */
export function scoresOf(
  parts: Pick<HeadSteps, 'query' | 'keys' | 'scale' | 'softCap' | 'bias' | 'visible'>,
): Float32Array {
  const { query, keys, scale, softCap, bias, visible } = parts;
  return Float32Array.from(visible, (sees, s) => {
    if (sees === 0) return -Infinity;
    const scaled = dot(query, keys, s * query.length) * scale;
    return (softCap === null ? scaled : softCap * Math.tanh(scaled / softCap)) + (bias?.[s] ?? 0);
  });
}

function dot(a: Float32Array, b: Float32Array, from: number): number {
  return a.reduce((sum, x, i) => sum + x * (b[from + i] ?? NaN), 0);
}

/** Euclidean length. */
export function lengthOf(vector: Float32Array): number {
  return Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0));
}
