/** A whole pass backward. Shapes: n tokens that are looked at, D width. */
import type { Gpu } from '../../../gpu/gpu.ts';
import type { Recorder } from '../../../gpu/recorder.ts';
import { rowsOf, type GpuTensor } from '../../../gpu/tensor.ts';
import type { AttentionLayer } from '../../../kernels/attention/attention-layer.ts';
import type { Holdings } from '../../../runs/activations.ts';
import { feedForward, linear, type Part } from '../blocks.ts';
import type { CrossAttention } from '../cross-attention.ts';
import { editHeads, editStates, type HeadEdit } from '../edits.ts';
import { attendAgain, unneeded } from '../replay.ts';
import type { SelfAttention } from '../self-attention.ts';
import { embed, type EmbeddedTokens } from '../embed.ts';
import { recordLayer, type Attend, type Layer } from '../stack.ts';
import { at } from '../../at.ts';
import type { TransformerPass } from '../transformer-pass.ts';
import { crossAttentionBackward, selfAttentionBackward } from './attention.ts';
import { backThroughNorm, feedForwardBackward, linearBackward } from './blocks.ts';
import { layerBackward, type BackwardPart, type LayerParts } from './layer.ts';

export interface BackwardPass {
  readonly gpu: Gpu;
  readonly holdings: Pick<Holdings, 'tensor'>;
  readonly pass: TransformerPass;
  /** `n`: the first tokens; later ones don't matter. */
  readonly tokens: number;
  /** ∂y/∂(the source's states), [S, D], which gets what the layers add; left out: the stack looks at no source. */
  readonly source?: GpuTensor;
  readonly signal?: AbortSignal | undefined;
  /** A layer is done. */
  readonly onLayer?: () => void;
}

/**
 * ∂y/∂(first states) [n, D] of a pass, through one layer after another: each is computed again from the state that it read.
 * @param last ∂y/∂(last states), [n, D]; overwritten
 * @throws the signal's reason
 */
export async function backThroughLayers(
  { gpu, holdings, pass, tokens: n, source, signal, onLayer }: BackwardPass,
  last: GpuTensor,
): Promise<GpuTensor> {
  const { stack, edits, hidden } = pass;
  const other = holdings.tensor(last.shape, 'gradient');
  /** States that were put in place of the pass's own depend on nothing. */
  const forget = (recorder: Recorder, layer: number, gradient: GpuTensor) => {
    const own = edits.states.filter(({ position }) => position < n);
    const zeros = own.map((edit) => ({ ...edit, value: null }));
    editStates(recorder, zeros, layer, gradient);
  };
  let [above, below] = [last, other];
  for (let l = stack.layers.length - 1; l >= 0; l--) {
    const layer = at(stack.layers, l);
    const self = await pass.attended(l, n);
    const cross = layer.cross === undefined ? null : pass.lookedAt(l, n);
    try {
      await gpu.submit(
        'a layer backward',
        (recorder) => {
          const x = rowsOf(at(hidden, l), 0, n);
          const attend = (attention: HeadEdit['attention'], own: AttentionLayer) =>
            attendAgain(recorder, edits, { layer: l, attention }, own);
          const attends = {
            self: attend('self', self.layer),
            cross: cross === null ? unneeded : attend('cross', cross),
          };
          if (l + 1 === stack.layers.length) {
            forget(recorder, l + 1, above);
            if (stack.last !== null) {
              const state = recorder.temp(x.shape, 'last state before its norm');
              recordLayer(recorder, layer, x, state, attends);
              backThroughNorm(recorder, state, stack.last, above, below);
              recorder.free(state);
              [above, below] = [below, above];
            }
          }
          const change =
            (attention: HeadEdit['attention'], own: SelfAttention | CrossAttention) =>
            // Scaling a head's output, and putting its mean in its place, are their own transposes.
            (mixed: GpuTensor) => {
              editHeads(recorder, edits.heads, { layer: l, attention }, mixed, own.headWidth);
            };
          const parts: LayerParts = {
            attention: attentionPart(recorder, layer.attention, attends.self, {
              change: change('self', layer.attention),
              back: (about) => selfAttentionBackward(recorder, layer.attention, self, about),
            }),
            cross: crossPart(recorder, layer, { cross, attend: attends.cross, source, change }),
            feedForward: {
              forward: (input, target, residual) =>
                feedForward(recorder, input, layer.feedForward, target, { residual }),
              backward: (input, gradient, out, residual) =>
                feedForwardBackward(recorder, input, layer.feedForward, gradient, out, residual),
            },
          };
          layerBackward(recorder, layer, parts, x, above, below);
          forget(recorder, l, below);
          [above, below] = [below, above];
        },
        signal && { signal },
      );
    } finally {
      self.release();
    }
    await gpu.idle();
    onLayer?.();
  }
  return above;
}

type Back = Parameters<typeof selfAttentionBackward>[3];

/** An attention with its output matrix. */
function attentionPart(
  recorder: Recorder,
  { heads, headWidth, out: weights }: SelfAttention | CrossAttention,
  attend: Attend,
  how: { readonly change: (mixed: GpuTensor) => void; readonly back: (about: Back) => void },
): BackwardPart {
  const room = ({ shape }: GpuTensor) =>
    recorder.temp([shape[0] ?? 0, heads * headWidth], 'attention output');
  const forward: Part = (input, target, residual) => {
    const mixed = room(input);
    attend(input, mixed);
    linear(recorder, mixed, weights, target, residual && { residual });
    recorder.free(mixed);
  };
  return {
    forward,
    backward: (x, gradient, out, residual) => {
      const mixed = room(x);
      linearBackward(recorder, gradient, weights, mixed);
      how.change(mixed);
      how.back({ x, mixed, out, residual });
      recorder.free(mixed);
    },
  };
}

function crossPart(
  recorder: Recorder,
  { cross: own }: Layer,
  about: {
    readonly cross: AttentionLayer | null;
    readonly attend: Attend;
    readonly source: GpuTensor | undefined;
    readonly change: (attention: 'cross', own: CrossAttention) => (mixed: GpuTensor) => void;
  },
): BackwardPart | null {
  const { cross, attend, source, change } = about;
  if (own === undefined || cross === null) return null;
  if (source === undefined) throw new Error('A stack that looks at a source gives it a gradient.');
  return attentionPart(recorder, own, attend, {
    change: change('cross', own),
    back: (back) => crossAttentionBackward(recorder, own, cross, back, source),
  });
}

/** ∂y/∂(embeddings of tokens) [n, E], from ∂y/∂(first states) [n, D]. */
export async function backThroughEmbedding(
  { gpu, holdings, pass, tokens: n, signal }: BackwardPass,
  tokens: EmbeddedTokens,
  first: GpuTensor,
): Promise<GpuTensor> {
  const { embedding } = pass.stack;
  const { norm, projection } = embedding;
  if (norm === null && projection === null) return first;
  const out = holdings.tensor([n, embedding.tokens.shape[1]], 'gradient by the embeddings');
  await gpu.submit(
    'embeddings backward',
    (recorder) => {
      let above = first;
      if (projection !== null) {
        const before = norm === null ? out : recorder.temp(out.shape, 'gradient before the projection');
        linearBackward(recorder, first, projection, before);
        above = before;
      }
      if (norm === null) return;
      const sum = recorder.temp(out.shape, 'embeddings');
      embed(recorder, { ...embedding, norm: null, projection: null }, tokens, sum);
      backThroughNorm(recorder, sum, norm, above, out);
    },
    signal && { signal },
  );
  return out;
}
