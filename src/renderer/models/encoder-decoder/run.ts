import type { Gpu } from '../../gpu/gpu.ts';
import { rowsOf, type GpuTensor } from '../../gpu/tensor.ts';
import { computedActivation, heldActivation, type Holdings } from '../../runs/activations.ts';
import { StoredAttention } from '../../runs/attention-map.ts';
import { LanguageRun } from '../../runs/language-run.ts';
import type { Activation, AttentionMap, Run, Token } from '../../runs/run.ts';
import type { Intervened } from '../../runs/facets/changes.ts';
import type { Pace } from '../../runs/facets/pace.ts';
import type { SearchNode } from '../../runs/facets/search.ts';
import type { SharedHoldings } from '../../runs/shared-holdings.ts';
import type { RunInput } from '../../runs/run-input.ts';
import type { BeamNode } from '../seq2seq/beam.ts';
import type { SourceKeys } from '../transformer/cross-attention.ts';
import { at } from '../at.ts';
import { crossPatterns, selfPatterns, stepsOf, type AttentionLeases } from '../transformer/pass-patterns.ts';
import type { TransformerPass } from '../transformer/transformer-pass.ts';
import { answerOf } from '../transformer/backward/answer.ts';
import { bothInputGradientsOf } from '../transformer/backward/input-gradient.ts';
import { blockStack } from '../transformer/blocks-facet.ts';
import { stackStructure } from '../transformer/structure.ts';
import { lensOf } from '../transformer/lens-facet.ts';
import { recordLogits, type Stack } from '../transformer/stack.ts';
import { LabelOutputs } from '../labels/outputs.ts';
import { writingHead, type EncoderDecoder } from './encoder-decoder.ts';
import { activationName } from '../../runs/activation-names.ts';

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
  /** When the decoder's tokens were known; null: they were given, or found by a beam search. */
  readonly pace: Pace | null;
  /** What was changed in the passes; left out: nothing. */
  readonly changes?: Intervened;
}

/** What an encoder and the first T tokens of a decoder left behind. */
export class EncoderDecoderRun extends LanguageRun implements Run {
  readonly parts: EncoderDecoderRunParts;

  constructor(gpu: Gpu, parts: EncoderDecoderRunParts) {
    const {
      about,
      model,
      input,
      tokens,
      tree,
      holdings,
      decoder,
      outputs,
      milliseconds,
      changes = null,
    } = parts;
    const { layers, width } = model.decoder;
    const attention = attentionMaps(gpu, parts);
    const states = at(decoder.hidden, layers.length);
    const labels = labelsOf(gpu, parts);
    const ids = input.tokens.map(({ id }) => id);
    const answer = answerOf(model.head, outputs, model.labels, ids);
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
          : (recorder, range, target) =>
              recordLogits(recorder, writingHead(model), rowsOf(states, ...range), target),
      predicts: labels?.predicts ?? 'next',
      ...(labels && { judge: (position) => labels.predictions(position) }),
      facets: {
        pace: parts.pace,
        changes,
        search: tree === null ? null : searchNodes(tree, tokens.slice(1), input.vocabulary),
        labels: labels && { ...labels.facet, side: 'source' },
        blocks: [
          blockStack(gpu, holdings, parts.encoder, input.tokens.length, { stack: 'encoder', side: 'source' }),
          blockStack(gpu, holdings, decoder, tokens.length, { stack: 'decoder', side: 'target' }),
        ],
        structure: {
          stacks: [
            stackStructure(model.encoder, { head: null }, { stack: 'encoder', side: 'source' }),
            stackStructure(
              model.decoder,
              { head: model.head, labels: model.labels },
              { stack: 'decoder', side: 'target' },
              model.encoder.embedding.tokens,
            ),
          ],
        },
        lens:
          model.head === null
            ? null
            : lensOf(holdings, decoder, model.head, { vocabulary: outputs, token: input.vocabulary }),
        inputGradient:
          answer &&
          bothInputGradientsOf({
            ...{ gpu, holdings, decoder, tokens, encoder: parts.encoder, source: input.tokens, answer },
          }),
      },
    });
    this.parts = parts;
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
  if (labels === null) return null;
  const states = rowsOf(at(decoder.hidden, stack.layers.length), 0, tokens.length);
  return new LabelOutputs(gpu, holdings, labels, { states, tokens, hasNone: true });
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
    [queries, keys]: readonly [readonly Token[], readonly Token[]],
    pass: TransformerPass,
    lease: AttentionLeases,
  ) =>
    new StoredAttention(gpu, {
      kind,
      layers: model[side].layers.length,
      heads: headsOf(model[side]),
      queries,
      keys,
      causal: kind === 'decoder',
      activation: (layer) => activationName(patternKey(kind, layer)),
      lease,
      pooled: pass.pooled(kind === 'cross' ? 'cross' : 'self', queries.length),
      steps: stepsOf(gpu, pass, kind === 'cross' ? 'cross' : 'self', lease),
    });
  const T = tokens.length;
  const source = input.tokens;
  return [
    map('encoder', 'encoder', [source, source], encoder, selfPatterns(gpu, holdings, encoder, source.length)),
    map('decoder', 'decoder', [tokens, tokens], decoder, selfPatterns(gpu, holdings, decoder, T)),
    map('cross', 'decoder', [tokens, source], decoder, crossPatterns(gpu, holdings, decoder, T)),
  ];
}

function activations(
  gpu: Gpu,
  { model, tokens, holdings, encoder, decoder, outputs }: EncoderDecoderRunParts,
  maps: readonly StoredAttention[],
): Activation[] {
  const T = tokens.length;
  const held = (stack: 'encoder' | 'decoder', layer: number, tensor: GpuTensor) =>
    heldActivation(
      gpu,
      holdings,
      { kind: 'hidden_state', stack, layer, axes: [stack === 'encoder' ? 'source' : 'token', 'unit'] },
      tensor,
    );
  const states = at(decoder.hidden, model.decoder.layers.length);
  return [
    ...encoder.hidden.map((tensor, l) => held('encoder', l, tensor)),
    ...decoder.hidden.map((slab, l) => held('decoder', l, rowsOf(slab, 0, T))),
    ...maps.flatMap((map) =>
      Array.from({ length: map.layers }, (_, l) =>
        computedActivation(
          gpu,
          holdings,
          {
            ...patternKey(map.kind, l),
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
            { kind: 'logits', axes: ['token', 'vocabulary'], shape: [T, outputs] },
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

/** What the patterns of a layer are. */
function patternKey(kind: AttentionMap['kind'], layer: number) {
  return kind === 'encoder' || kind === 'decoder'
    ? ({ kind: 'attention', stack: kind, layer } as const)
    : ({ kind: 'cross_attention', layer } as const);
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
