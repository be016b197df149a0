/** Layers of a pass computed once more, to look at what happens inside of them: none of it is kept. */
import type { Gpu } from '../../gpu/gpu.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import { rowsOf } from '../../gpu/tensor.ts';
import type { AttentionLayer } from '../../kernels/attention/attention-layer.ts';
import { attention } from '../../kernels/attention/attention.ts';
import type { Holdings } from '../../runs/activations.ts';
import { editHeads, type Edits, type HeadEdit } from './edits.ts';
import { recordLayer, type Attend, type LayerTaps } from './stack.ts';
import { at } from '../at.ts';
import { crossPatterns, selfPatterns } from './pass-patterns.ts';
import type { TransformerPass } from './transformer-pass.ts';

/** Runs a layer again and fills the taps; resolves when that is queued. @throws the signal's reason */
export type Replay = (layer: number, taps: LayerTaps, signal?: AbortSignal) => Promise<void>;

/** The layers of a pass again, over its first T tokens, with the changes that it was made with. */
export function replayOf(gpu: Gpu, holdings: Holdings, pass: TransformerPass, T: number): Replay {
  const { stack, edits, hidden } = pass;
  const selfLayers = selfPatterns(gpu, holdings, pass, T);
  const crossLayers = crossPatterns(gpu, holdings, pass, T);
  return async (l, taps, signal) => {
    const layer = at(stack.layers, l);
    const self = await selfLayers(l);
    const cross = layer.cross === undefined ? null : await crossLayers(l);
    try {
      await gpu.submit(
        'a layer again',
        (recorder) => {
          const x = rowsOf(at(hidden, l), 0, T);
          const out = recorder.temp(x.shape, 'state again');
          const attends = {
            self: attendAgain(recorder, edits, { layer: l, attention: 'self' }, self.layer),
            cross:
              cross === null
                ? unneeded
                : attendAgain(recorder, edits, { layer: l, attention: 'cross' }, cross.layer),
          };
          recordLayer(recorder, layer, x, out, attends, taps);
          recorder.free(out);
        },
        signal && { signal },
      );
    } finally {
      self.release();
      cross?.release();
    }
  };
}

/** An attention from q, k and v that are there, with the changes of its heads. */
export function attendAgain(
  recorder: Recorder,
  edits: Edits,
  place: Pick<HeadEdit, 'layer' | 'attention'>,
  own: AttentionLayer,
): Attend {
  return (_input, mixed) => {
    const statistics = recorder.temp([own.heads, own.queries, 2], 'row statistics');
    attention(recorder, own, { output: mixed, statistics });
    recorder.free(statistics);
    editHeads(recorder, edits.heads, place, mixed, own.headWidth);
  };
}

export function unneeded(): never {
  throw new Error('This layer looks at no source.');
}
