/** ‖∂logit/∂x_t‖ of recurrent encoder-decoders. S source tokens, T written ones, P width of states. */
import type { Seq2SeqConfig } from '../../../common/configs/seq2seq.ts';
import type { Gpu } from '../../gpu/gpu.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import { rowsOf, type GpuTensor } from '../../gpu/tensor.ts';
import type { FinalGradient } from '../../kernels/recurrent/sweep.ts';
import { matmul } from '../../kernels/matmul/matmul.ts';
import { activationBackward } from '../../kernels/rows/activation-backward.ts';
import { recordRowNorms } from '../../kernels/rows/row-norms.ts';
import { Holdings } from '../../runs/activations.ts';
import type { InputGradients } from '../../runs/facets/input-gradient.ts';
import type { Token } from '../../runs/run.ts';
import type { FinalState } from '../recurrent/recurrent-pass.ts';
import { decoderBackward, type DecoderBackward, type DecoderGradients } from './decoder-backward.ts';
import type { Encoded } from './encode.ts';
import { recordLinear, type PartedLinear } from './load.ts';

export interface Seq2SeqParts extends Omit<DecoderBackward, 'holdings'> {
  /** The run's own, which must be there. */
  readonly holdings: Holdings;
  readonly source: readonly Token[];
  /** What was written. */
  readonly targets: readonly Token[];
}

/** Of one written word: back through the decoder's steps, what they looked at, the bridge and the encoder. */
export function seq2seqInputGradients(parts: Seq2SeqParts): InputGradients {
  const { gpu, holdings, config, encoded, source, targets } = parts;
  return {
    sides: ['source', 'target'],
    async of({ output, position }, { signal, onProgress } = {}) {
      holdings.assertAlive();
      const isThere = (index: number, count: number) =>
        Number.isInteger(index) && index >= 0 && index < count;
      if (!isThere(output, config.target.vocab_size) || !isThere(position, targets.length))
        throw new RangeError(`There is no output ${output} at position ${position}.`);
      const scratch = new Holdings(gpu);
      try {
        const found = await decoderBackward({ ...parts, holdings: scratch }, { output, position }, signal);
        const norms = scratch.tensor([position + 1], 'norms');
        await gpu.submit('norms', (recorder) => recordRowNorms(recorder, found.embedded, norms));
        // Step t + 1 reads what step t wrote; the first one reads what begins every text.
        const written = new Float32Array(targets.length);
        written.set((await gpu.read(norms, signal)).subarray(1));
        onProgress?.(0.5);
        const finals = await throughBridge(parts, found.initial, scratch, signal);
        const injected = await byDirection(gpu, config, encoded, found.keys, signal);
        const heard = await encoded.pass.inputGradient(injected, { finals, signal });
        onProgress?.(1);
        return [
          { side: 'source', tokens: source, norms: heard },
          { side: 'target', tokens: targets, norms: written },
        ];
      } finally {
        scratch.dispose();
      }
    },
  };
}

/** ∂y/∂(outputs of the encoder) by direction, [S, P] each. */
async function byDirection(
  gpu: Gpu,
  { encoder }: Seq2SeqConfig,
  { pass, length: S }: Encoded,
  keys: GpuTensor | null,
  signal?: AbortSignal,
): Promise<Float32Array<ArrayBuffer>[]> {
  const widths = (pass.layers.at(-1) ?? []).map(({ packed }) => packed.state);
  if (keys === null) return widths.map((width) => new Float32Array(S * width));
  const values = await gpu.read(keys, signal);
  if (encoder.outputs === 'sum') return widths.map(() => values);
  const K = keys.shape[1] ?? 0;
  let first = 0;
  return widths.map((width) => {
    const own = new Float32Array(S * width);
    for (let s = 0; s < S; s++) own.set(values.subarray(s * K + first, s * K + first + width), s * width);
    first += width;
    return own;
  });
}

/** ∂y/∂(what each direction of the encoder ends with), from ∂y/∂(what each layer of the decoder starts from). */
async function throughBridge(
  { gpu, config, weights, encoded: { pass } }: Seq2SeqParts,
  initial: DecoderGradients['initial'],
  scratch: Holdings,
  signal?: AbortSignal,
): Promise<FinalGradient[][]> {
  const { kind, activation } = config.bridge;
  const finals = pass.layers.map((directions) =>
    directions.map(({ packed }) => ({
      hidden: new Float32Array(packed.state),
      cell: packed.cell === 'lstm' ? new Float32Array(packed.units) : null,
    })),
  );
  for (const [l, start] of initial.entries())
    for (const of of ['hidden', 'cell'] as const) {
      const gradient = start[of];
      if (gradient === null) continue;
      /** What the state is made of, in the order in which it is joined. */
      const made = { zero: [], linear: finals.at(-1), 'first-layers': finals.flat().slice(l, l + 1) }[
        kind as string
      ];
      const sources = (made ?? finals[l] ?? []).flatMap((final) => {
        const values = final[of];
        return values === null ? [] : [values];
      });
      const linear = kind === 'linear' ? (weights.bridge?.[of] ?? null) : null;
      const states = (pass.layers.at(-1) ?? []).map((layer) => pass.final(layer));
      const rows =
        linear === null
          ? [await gpu.read(gradient, signal)]
          : await throughLinear(
              gpu,
              scratch,
              linear,
              { states, of, isSquashed: activation === 'tanh' },
              gradient,
            );
      let first = 0;
      for (const [i, target] of sources.entries()) {
        // A concatenation is cut, a sum goes to both.
        const own = linear === null ? (rows[0] ?? target) : (rows[i] ?? target);
        const from = linear === null && kind !== 'sum' ? first : 0;
        target.set(own.subarray(from, from + target.length));
        first += target.length;
      }
    }
  return finals;
}

/** ∂y/∂(each part of what a linear bridge read), from ∂y/∂(what it gave) [1, ·]. */
async function throughLinear(
  gpu: Gpu,
  scratch: Holdings,
  linear: PartedLinear,
  read: {
    readonly states: readonly FinalState[];
    readonly of: 'hidden' | 'cell';
    readonly isSquashed: boolean;
  },
  gradient: GpuTensor,
): Promise<Float32Array<ArrayBuffer>[]> {
  const inputs = read.states.flatMap((state) => {
    const tensor = state[read.of];
    return tensor === null ? [] : [rowsOf(tensor, 0, 1)];
  });
  const outs = linear.parts.map(({ shape }) => scratch.tensor([1, shape[1]], 'gradient by the bridge'));
  await gpu.submit('bridge backward', (recorder: Recorder) => {
    let above = gradient;
    if (read.isSquashed) {
      const inner = recorder.temp(gradient.shape, 'before tanh');
      above = recorder.temp(gradient.shape, 'gradient before tanh');
      recordLinear(recorder, linear, inputs, inner, 'before tanh');
      activationBackward(recorder, { activation: 'tanh', x: inner, gradient, out: above });
    }
    for (const [part, b] of linear.parts.entries()) {
      const out = outs[part];
      if (out !== undefined) matmul(recorder, { a: above, b, out });
    }
  });
  return Promise.all(outs.map((out) => gpu.read(out)));
}
