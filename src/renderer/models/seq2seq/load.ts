import { elements, type GpuTensor } from '../../gpu/tensor.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import { matmul } from '../../kernels/matmul/matmul.ts';
import type { Matrix } from '../../kernels/matmul/weight.ts';
import type { FloatLoader } from '../recurrent/float-loader.ts';
import { loadStack, type StackWeights } from '../recurrent/load-stack.ts';
import { stateOf } from '../../../common/configs/recurrent-stack.ts';
import {
  attentionSize,
  keyWidth,
  partWidth,
  seq2seqTensors,
  type OutputPart,
  type Seq2SeqConfig,
} from '../../../common/configs/seq2seq.ts';

/** A linear layer over joined inputs, one matrix for each of them. */
export interface PartedLinear {
  /** [O, Iₚ] each */
  readonly parts: readonly Matrix[];
  /** [O] */
  readonly bias: GpuTensor | null;
}

interface AttentionWeights {
  /** Over the query; null: the query is taken as it is. */
  readonly query: PartedLinear | null;
  /** Over the keys; null: they are taken as they are. */
  readonly key: PartedLinear | null;
  /** [A] and a number, of the additive kinds. */
  readonly score: { readonly v: GpuTensor; readonly bias: number } | null;
}

export interface Seq2SeqWeights {
  /** [V, E] each */
  readonly sourceEmbedding: Matrix;
  readonly targetEmbedding: Matrix;
  readonly encoder: StackWeights;
  readonly decoder: StackWeights;
  /** h and c of the linear bridge. */
  readonly bridge: { readonly hidden: PartedLinear; readonly cell: PartedLinear | null } | null;
  readonly attention: AttentionWeights | null;
  /** Over h and c, in this order whatever the config's. */
  readonly attentional: PartedLinear | null;
  /** Over the parts of `output.input`. */
  readonly output: PartedLinear;
}

export async function loadSeq2Seq(loader: FloatLoader, config: Seq2SeqConfig): Promise<Seq2SeqWeights> {
  const { source, target, encoder, decoder, bridge, attention, attentional, output } = config;
  const tensors = seq2seqTensors(config);
  const linear = async (name: string, outputs: number, widths: readonly number[]): Promise<PartedLinear> => ({
    parts: await loader.matrices(`${name}.weight`, widths),
    bias: loader.has(`${name}.bias`) ? await loader.load(`${name}.bias`, [outputs]) : null,
  });
  const P = stateOf(decoder);
  const K = keyWidth(config);
  const directions = (width: number) => (encoder.bidirectional ? [width, width] : [width]);
  const sourceEmbedding = await loader.matrix('encoder.embedding.weight', source.embedding_size);
  const partsOf = (list: readonly OutputPart[]) => list.map((part) => partWidth(config, part));
  const joined =
    attentional === null
      ? null
      : await linear('attentional', P, attentional.order === '[h;c]' ? [P, K] : [K, P]);
  return {
    sourceEmbedding,
    targetEmbedding: config.share_embeddings
      ? sourceEmbedding
      : await loader.matrix('decoder.embedding.weight', target.embedding_size),
    encoder: await loadStack(loader, encoder, tensors.encoder),
    decoder: await loadStack(loader, decoder, tensors.decoder),
    bridge:
      bridge.kind === 'linear'
        ? {
            hidden: await linear('bridge', P, directions(stateOf(encoder))),
            cell:
              decoder.cell === 'lstm'
                ? await linear('bridge.cell', decoder.hidden_size, directions(encoder.hidden_size))
                : null,
          }
        : null,
    attention: attention === null ? null : await loadAttention(loader, config, linear),
    attentional:
      joined === null || attentional?.order === '[h;c]'
        ? joined
        : { ...joined, parts: [...joined.parts].reverse() },
    output: await linear('output', target.vocab_size, partsOf(output.input)),
  };
}

async function loadAttention(
  loader: FloatLoader,
  config: Seq2SeqConfig,
  linear: (name: string, outputs: number, widths: readonly number[]) => Promise<PartedLinear>,
): Promise<AttentionWeights> {
  const { attention } = config;
  const P = stateOf(config.decoder);
  const K = keyWidth(config);
  if (attention === null || attention.kind === 'dot') return { query: null, key: null, score: null };
  if (attention.kind === 'general')
    return attention.applied_to === 'key'
      ? { query: null, key: await linear('attention.key', P, [K]), score: null }
      : { query: await linear('attention.query', K, [P]), key: null, score: null };
  const A = attentionSize(config);
  const score = {
    v: await loader.load('attention.score.weight', [A]),
    bias: loader.has('attention.score.bias') ? ((await loader.read('attention.score.bias'))[0] ?? 0) : 0,
  };
  if (attention.joined === null)
    return {
      query: await linear('attention.query', A, [P]),
      key: await linear('attention.key', A, [K]),
      score,
    };
  const queryFirst = attention.joined === 'query, key';
  const { parts, bias } = await linear('attention.joined', A, queryFirst ? [P, K] : [K, P]);
  const [first, second] = parts;
  if (first === undefined || second === undefined) throw new Error('A joined matrix has two parts.');
  // The bias belongs to the sum; it goes with the keys, which are multiplied once.
  return {
    query: { parts: [queryFirst ? first : second], bias: null },
    key: { parts: [queryFirst ? second : first], bias },
    score,
  };
}

/** out [rows, O] = Σ inputs[p]·partsₚᵀ + bias. */
export function recordLinear(
  recorder: Recorder,
  { parts, bias }: PartedLinear,
  inputs: readonly GpuTensor[],
  out: GpuTensor,
  label: string,
): void {
  let before: GpuTensor | null = null;
  for (const [p, b] of parts.entries()) {
    const a = inputs[p];
    if (a === undefined) throw new Error(`${label}: part ${p} of the input is missing.`);
    const target: GpuTensor =
      p + 1 === parts.length ? out : recorder.temp([elements(out.shape) / b.shape[0], b.shape[0]], label);
    matmul(recorder, {
      a,
      b,
      transposed: true,
      out: target,
      label,
      ...(before === null ? (bias === null ? {} : { bias }) : { residual: before }),
    });
    if (before !== null) recorder.free(before);
    before = target;
  }
}
