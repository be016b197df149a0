import { defineKernel } from '../../gpu/kernel.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import type { GpuTensor } from '../../gpu/tensor.ts';
import code from '../../../shaders/rotary.wgsl?raw';
import type { HeadRows } from './attention-layer.ts';

const kernel = defineKernel('rotary', code);

export interface RotaryCall {
  /** Rows of q or k, turned in place. */
  readonly rows: HeadRows;
  readonly heads: number;
  /** `T` */
  readonly tokens: number;
  /** [positions, pairs, 2]: cosine and sine of each pair's angle. 2 · pairs is at most the head's width. */
  readonly table: GpuTensor;
  /** Position of token 0. */
  readonly first: number;
  /** Turns the other way, which takes a turn back and is its derivative; forward if left out. */
  readonly back?: boolean;
}

/**
 * Rotary positions (Su et al. 2021) as Hugging Face's `rotate_half` pairs them: element i < pairs of a head goes with
 * element i + pairs; what lies beyond 2 · pairs stays as it is.
 */
export function rotary(
  recorder: Recorder,
  { rows, heads, tokens, table, first, back = false }: RotaryCall,
): void {
  const pairs = table.shape[1] ?? 0;
  const count = tokens * heads * pairs;
  recorder.dispatch({
    kernel,
    bind: { table, x: rows.buffer },
    params: {
      ...{ tokens, heads, pairs, first },
      direction: back ? -1 : 1,
      x_start: rows.offset,
      x_token: rows.tokenStride,
      x_head: rows.headStride,
    },
    groups: [Math.ceil(count / 64)],
    split: 0,
    work: { flop: 6 * count, bytes: 24 * count },
  });
}
