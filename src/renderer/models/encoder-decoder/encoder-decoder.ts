import type { Recorder } from '../../gpu/recorder.ts';
import type { Holdings } from '../../runs/activations.ts';
import {
  recordSourceKeys,
  sourceKeys,
  type CrossAttention,
  type SourceKeys,
} from '../transformer/cross-attention.ts';
import { at } from '../at.ts';
import type { TransformerPass } from '../transformer/transformer-pass.ts';
import type { ClassificationHead } from '../labels/head.ts';
import type { Head, Stack } from '../transformer/stack.ts';

/** Two stacks, the second of which looks at the first's last states. */
export interface EncoderDecoder {
  readonly encoder: Stack;
  readonly decoder: Stack;
  /** Null: it gives labels. */
  readonly head: Head | null;
  /** Reads the decoder's last states; null: it writes. */
  readonly labels: ClassificationHead | null;
}

/** What writes. @throws Error for a model that gives labels */
export function writingHead({ head }: EncoderDecoder): Head {
  if (head === null) throw new Error('A model that gives labels does not write.');
  return head;
}

/** How a layer of the decoder looks at the source. */
export function crossOf({ layers }: Stack, layer: number): CrossAttention {
  const { cross } = at(layers, layer);
  if (cross === undefined) throw new Error('A decoder layer looks at the source.');
  return cross;
}

/** Room for keys and values of S source tokens, by layer of the decoder. */
export function sourceRoom(holdings: Holdings, { decoder }: EncoderDecoder, S: number): SourceKeys[] {
  return decoder.layers.map((_, l) => sourceKeys(holdings, crossOf(decoder, l), S));
}

/** Fills it from the encoder's last states. */
export function recordSource(
  recorder: Recorder,
  { encoder, decoder }: EncoderDecoder,
  pass: TransformerPass,
  source: readonly SourceKeys[],
): void {
  const states = at(pass.hidden, encoder.layers.length);
  for (const [l, keys] of source.entries()) recordSourceKeys(recorder, crossOf(decoder, l), states, keys);
}
