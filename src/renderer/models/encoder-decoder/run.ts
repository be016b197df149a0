import type { Gpu } from '../../gpu/gpu.ts';
import { rowsOf, type GpuTensor } from '../../gpu/tensor.ts';
import { computedActivation, heldActivation, type Holdings } from '../../runs/activations.ts';
import { StoredAttention } from '../../runs/attention-map.ts';
import { LanguageRun } from '../../runs/language-run.ts';
import type { Activation, AttentionMap, Intervened, Run, SearchNode, Token } from '../../runs/run.ts';
import type { SharedHoldings } from '../../runs/shared-holdings.ts';
import type { RunInput } from '../family.ts';
import type { BeamNode } from '../seq2seq/beam.ts';
import type { SourceKeys } from '../transformer/cross-attention.ts';
import { at, type AttentionLease, type TransformerPass } from '../transformer/transformer-pass.ts';
import { recordLogits, type Stack } from '../transformer/stack.ts';
import { LabelOutputs } from '../labels/outputs.ts';
import { writingHead, type EncoderDecoder } from './encoder-decoder.ts';

export interface EncoderDecoderRunParts {
  readonly about: Run['model'];
  readonly model: EncoderDecoder;
  /** Of the source. */
  readonly input: RunInput;
  /** The decoder's, from its start token on. */
  readonly tokens: readonly Token[];
  readonly tree: readonly BeamNode[] | null;
  /** Where the passes live, and this run's share of it. */
  readonly shared: SharedHoldings;
  readonly holdings: Holdings;
  readonly encoder: TransformerPass;
  readonly source: readonly SourceKeys[];
  readonly decoder: TransformerPass;
  /** `V` of what is written. */
  readonly outputs: number;
  readonly milliseconds: number;
  readonly intervened?: Intervened;
}

/** What an encoder and the first T tokens of a decoder left behind. */
export class EncoderDecoderRun extends LanguageRun implements Run {
  readonly search?: readonly SearchNode[];
  readonly parts: EncoderDecoderRunParts;

  constructor(gpu: Gpu, parts: EncoderDecoderRunParts) {
    const { about, model, input, tokens, tree, holdings, decoder, outputs, milliseconds, intervened } = parts;
    const { layers, width } = model.decoder;
    const attention = attentionMaps(gpu, parts);
    const states = at(decoder.hidden, layers.length);
    const labels = labelsOf(gpu, parts);
    super(gpu, {
      model: about,
      input: { ...input, tokens },
      sourceTokens: input.tokens,
      layers: layers.length,
      heads: headsOf(model.decoder),
      width,
      vocabulary: outputs,
      milliseconds,
      holdings,
      activations: [...activations(gpu, parts, attention), ...(labels?.activations ?? [])],
      attention,
      logits:
        model.head === null
          ? null
          : (recorder, position, target) =>
              recordLogits(recorder, writingHead(model), rowsOf(states, position, position + 1), target),
      ...(labels && { predicts: labels.predicts, judge: (position) => labels.predictions(position) }),
      ...(intervened && { intervened }),
    });
    this.parts = parts;
    if (tree !== null) this.search = searchNodes(tree, tokens.slice(1), input.vocabulary);
  }
}

/** Labels of the source, from the decoder's last states; null: the model writes. */
export function labelsOf(
  gpu: Gpu,
  {
    model: { labels, decoder: stack },
    input: { tokens },
    decoder,
    holdings,
  }: Pick<EncoderDecoderRunParts, 'model' | 'input' | 'decoder' | 'holdings'>,
): LabelOutputs | null {
  const states = rowsOf(at(decoder.hidden, stack.layers.length), 0, tokens.length);
  return labels && new LabelOutputs(gpu, holdings, labels, { states, tokens, hasNone: true });
}

/** Heads of self-attention: all layers have as many. */
function headsOf({ layers }: Stack): number {
  return layers[0]?.attention.heads ?? 0;
}

function attentionMaps(
  gpu: Gpu,
  { model, input, tokens, holdings, encoder, decoder }: EncoderDecoderRunParts,
): StoredAttention[] {
  const map = (
    kind: AttentionMap['kind'],
    side: 'encoder' | 'decoder',
    name: string,
    [queries, keys]: readonly [readonly Token[], readonly Token[]],
    lease: (layer: number) => Promise<AttentionLease>,
  ) =>
    new StoredAttention(gpu, {
      kind,
      layers: model[side].layers.length,
      heads: headsOf(model[side]),
      queries,
      keys,
      causal: kind === 'decoder',
      activation: (l) => `${name}.${l}`,
      lease,
    });
  const T = tokens.length;
  const source = input.tokens;
  return [
    map('encoder', 'encoder', 'encoder_attentions', [source, source], encoder.views(holdings, source.length)),
    map('decoder', 'decoder', 'decoder_attentions', [tokens, tokens], decoder.views(holdings, T)),
    map('cross', 'decoder', 'cross_attentions', [tokens, source], decoder.crossViews(holdings, T)),
  ];
}

function activations(
  gpu: Gpu,
  { model, tokens, holdings, encoder, decoder, outputs }: EncoderDecoderRunParts,
  maps: readonly StoredAttention[],
): Activation[] {
  const T = tokens.length;
  const held = (name: string, axis: 'token' | 'source', tensor: GpuTensor) =>
    heldActivation(gpu, holdings, { name, axes: [axis, 'unit'] }, tensor);
  const states = at(decoder.hidden, model.decoder.layers.length);
  return [
    ...encoder.hidden.map((tensor, l) => held(`encoder_hidden_states.${l}`, 'source', tensor)),
    ...decoder.hidden.map((slab, l) => held(`decoder_hidden_states.${l}`, 'token', rowsOf(slab, 0, T))),
    ...maps.flatMap((map) =>
      Array.from({ length: map.layers }, (_, l) =>
        computedActivation(
          gpu,
          holdings,
          {
            name: map.activation(l),
            axes: ['head', 'query', 'key'],
            shape: [map.heads, map.queries.length, map.keys.length],
          },
          (target, _signal, heads) => map.pattern(l, target, heads),
        ),
      ),
    ),
    ...(model.head === null
      ? []
      : [
          computedActivation(
            gpu,
            holdings,
            { name: 'logits', axes: ['token', 'vocabulary'], shape: [T, outputs] },
            (target, signal, [from, to]) =>
              gpu.submit(
                'logits',
                (recorder) => recordLogits(recorder, writingHead(model), rowsOf(states, from, to), target),
                { signal },
              ),
          ),
        ]),
  ];
}

/** The tree of a search; what was chosen is a path from its root. */
function searchNodes(
  tree: readonly BeamNode[],
  text: readonly Token[],
  vocabulary: (id: number) => Token,
): SearchNode[] {
  const chosen = new Set<number>();
  let parent: number | null = null;
  for (const { id } of text) {
    const found = tree.findIndex((node) => node.parent === parent && node.id === id);
    if (found < 0) break;
    chosen.add(found);
    parent = found;
  }
  return tree.map(({ id, ...node }, i) => ({ ...node, token: vocabulary(id), chosen: chosen.has(i) }));
}
