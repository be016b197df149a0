import type { RunInput } from '../../runs/run-input.ts';
import type { Gpu } from '../../gpu/gpu.ts';
import { reshape, type GpuTensor } from '../../gpu/tensor.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import { add } from '../../kernels/rows/elementwise.ts';
import { tanhOf } from '../../kernels/attention/additive-attention.ts';
import { embedding } from '../../kernels/rows/embedding.ts';
import { joinColumns } from '../../kernels/rows/copy-columns.ts';
import type { Holdings } from '../../runs/activations.ts';
import { allocateStack, RecurrentPass, type FinalState } from '../recurrent/recurrent-pass.ts';
import { stateOf } from '../../../common/configs/recurrent-stack.ts';
import { attentionSize, keyWidth, type Seq2SeqConfig } from '../../../common/configs/seq2seq.ts';
import { recordLinear, type PartedLinear, type Seq2SeqWeights } from './load.ts';

/** What the decoder starts from. */
export interface Encoded {
  readonly pass: RecurrentPass;
  /** [S, E] */
  readonly embedded: GpuTensor;
  /** S */
  readonly length: number;
  /** [S, K]: what attention looks at. */
  readonly keys: GpuTensor;
  /** [S, A] (or [S, P] of `general`): the keys as the score takes them; the keys themselves where nothing multiplies them. */
  readonly scored: GpuTensor;
  /** u32 [S]: 0 where the source is padding. */
  readonly mask: GpuTensor;
  /** By layer of the decoder: [1, P], and [1, H] of an LSTM. */
  readonly initial: readonly FinalState[];
}

/** Runs the encoder over a source, and everything that is computed once for all steps of the decoder. */
export async function encode(
  gpu: Gpu,
  holdings: Holdings,
  config: Seq2SeqConfig,
  weights: Seq2SeqWeights,
  ids: Uint32Array<ArrayBuffer>,
  signal: AbortSignal,
  watch: Pick<RunInput, 'onProgress' | 'profile'>,
): Promise<Encoded> {
  const { profile = null } = watch;
  const S = ids.length;
  const K = keyWidth(config);
  const idTensor = holdings.tensor([S], 'source ids');
  gpu.upload(idTensor, ids);
  const mask = holdings.tensor([S], 'source mask');
  gpu.upload(
    mask,
    ids.map((id) => (id === config.source.pad_token_id ? 0 : 1)),
  );
  const embedded = holdings.tensor([S, 1, config.source.embedding_size], 'encoder.embeddings');
  await gpu.submit(
    'source embedding',
    (recorder) => embedding(recorder, { ids: idTensor, table: weights.sourceEmbedding, out: embedded }),
    { signal, profile },
  );
  const input = { parts: [embedded], positions: S, lengths: [S], stack: 'encoder' as const };
  const pass = new RecurrentPass(
    gpu,
    holdings,
    allocateStack(gpu, holdings, weights.encoder, input),
    'encoder',
  );
  await pass.forward(signal, watch);

  const outputs = pass.outputs.map((output) => reshape(output, [S, output.shape[2] ?? 0]));
  const [forward, backward] = outputs;
  if (forward === undefined) throw new Error('An encoder has at least one layer.');
  const keys = backward === undefined ? forward : holdings.tensor([S, K], 'keys');
  const key = weights.attention?.key ?? null;
  const A = config.attention?.kind === 'general' ? stateOf(config.decoder) : attentionSize(config);
  const scored = key === null ? keys : holdings.tensor([S, A], 'keys of the scores');
  const initial = allocateInitial(gpu, holdings, config);
  await gpu.submit(
    'what the decoder starts from',
    (recorder) => {
      if (backward !== undefined) {
        if (config.encoder.outputs === 'sum') add(recorder, forward, backward, keys);
        else joinColumns(recorder, [forward, backward], keys);
      }
      if (key !== null) recordLinear(recorder, key, [keys], scored, 'keys of the scores');
      bridge(recorder, config, weights, pass, initial);
    },
    { signal, profile },
  );
  return { pass, embedded, length: S, keys, scored, mask, initial };
}

/** The decoder's initial states, all zero. */
function allocateInitial(gpu: Gpu, holdings: Holdings, { decoder }: Seq2SeqConfig): FinalState[] {
  const zeros = (width: number, label: string) => {
    const tensor = holdings.tensor([1, width], label);
    gpu.upload(tensor, new Float32Array(width));
    return tensor;
  };
  return Array.from({ length: decoder.num_layers }, (_, l) => ({
    hidden: zeros(stateOf(decoder), `initial state ${l}`),
    cell: decoder.cell === 'lstm' ? zeros(decoder.hidden_size, `initial cell ${l}`) : null,
  }));
}

/** Makes the decoder's initial states of what the encoder ends with. */
function bridge(
  recorder: Recorder,
  config: Seq2SeqConfig,
  weights: Seq2SeqWeights,
  pass: RecurrentPass,
  initial: readonly FinalState[],
): void {
  const { kind, activation } = config.bridge;
  const finals = pass.layers.map((directions) => directions.map((layer) => pass.final(layer)));
  /** One of the states, of one layer of the decoder. */
  const fill = (target: GpuTensor | null, l: number, of: 'hidden' | 'cell', linear: PartedLinear | null) => {
    if (target === null) return;
    const pick = (layer: number) =>
      (finals[layer] ?? []).flatMap((state) => {
        const tensor = state[of];
        return tensor === null ? [] : [tensor];
      });
    switch (kind) {
      case 'zero':
        return;
      case 'copy':
      case 'concat':
        joinColumns(recorder, pick(l), target);
        return;
      case 'first-layers':
        joinColumns(recorder, finals.flatMap((_, layer) => pick(layer)).slice(l, l + 1), target);
        return;
      case 'sum': {
        const [a, b] = pick(l);
        if (a !== undefined && b !== undefined) add(recorder, a, b, target);
        return;
      }
      case 'linear': {
        if (linear === null) throw new Error('The linear bridge has no weights for this state.');
        const inputs = pick(finals.length - 1);
        if (activation === 'none') recordLinear(recorder, linear, inputs, target, 'bridge');
        else squashed(recorder, linear, inputs, target);
      }
    }
  };
  for (const [l, state] of initial.entries()) {
    fill(state.hidden, l, 'hidden', weights.bridge?.hidden ?? null);
    fill(state.cell, l, 'cell', weights.bridge?.cell ?? null);
  }
}

/** out = tanh of a linear layer, with a tanh that is exact to the last digits. */
export function squashed(
  recorder: Recorder,
  linear: PartedLinear,
  inputs: readonly GpuTensor[],
  out: GpuTensor,
): void {
  const sum = recorder.temp(out.shape, 'before tanh');
  recordLinear(recorder, linear, inputs, sum, 'before tanh');
  tanhOf(recorder, sum, out);
  recorder.free(sum);
}
