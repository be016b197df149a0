import type { Gpu } from '../../gpu/gpu.ts';
import { rowsOf, type GpuTensor } from '../../gpu/tensor.ts';
import { computedActivation, heldActivation, type Holdings } from '../../runs/activations.ts';
import { StoredAttention } from '../../runs/attention-map.ts';
import { LanguageRun } from '../../runs/language-run.ts';
import type { Activation, Run } from '../../runs/run.ts';
import type { Intervened } from '../../runs/facets/changes.ts';
import type { Pace } from '../../runs/facets/pace.ts';
import type { Prediction } from '../../runs/facets/readout.ts';
import type { StructurePart } from '../../runs/facets/structure.ts';
import type { SharedHoldings } from '../../runs/shared-holdings.ts';
import type { ClassificationHead } from '../labels/head.ts';
import { LabelOutputs } from '../labels/outputs.ts';
import type { RunInput } from '../../runs/run-input.ts';
import { answerOf } from './backward/answer.ts';
import { inputGradientsOf } from './backward/input-gradient.ts';
import { blockStack } from './blocks-facet.ts';
import { stackStructure } from './structure.ts';
import { lensOf } from './lens-facet.ts';
import { at } from '../at.ts';
import { selfPatterns, stepsOf } from './pass-patterns.ts';
import type { TransformerPass } from './transformer-pass.ts';
import { recordLogits, type Head, type Stack } from './stack.ts';
import { activationName } from '../../runs/activation-names.ts';

/** Activations that a family adds: what it makes of the last states [T, D]. */
export type MoreActivations = (gpu: Gpu, holdings: Holdings, states: GpuTensor) => readonly Activation[];

/** A Transformer of one stack, as its family read it. */
export interface Transformer {
  readonly stack: Stack;
  /** Null: the weights have no output layer. */
  readonly head: Head | null;
  /** `V`: ids of inputs and outputs. */
  readonly vocabulary: number;
  /** Says whether a token was replaced, from its last state [1, D]; left out: the model does not. */
  readonly judge?: (gpu: Gpu, state: GpuTensor) => Promise<readonly Prediction[]>;
  /** Gives labels, in place of tokens; left out: the model does not. */
  readonly labels?: ClassificationHead | null;
  /** Boxes of the diagram for what is made of the last states, beside a head and labels; left out: none. */
  readonly ends?: readonly StructurePart[];
  /** Activations beyond hidden states, attentions and logits. */
  readonly more?: MoreActivations;
}

export interface TransformerRunParts {
  readonly about: Run['model'];
  readonly model: Transformer;
  readonly input: RunInput;
  readonly pass: TransformerPass;
  /** Where the pass lives, and this run's share of it. */
  readonly shared: SharedHoldings;
  readonly holdings: Holdings;
  readonly milliseconds: number;
  /** When its tokens were known; left out: the text was given. */
  readonly pace?: Pace;
  /** What was changed in the pass; left out: nothing. */
  readonly changes?: Intervened;
}

/** Labels of the last states of a pass; null: the model gives none. */
export function labelsOf(
  gpu: Gpu,
  { stack, labels = null }: Transformer,
  pass: TransformerPass,
  { tokens }: RunInput,
  holdings: Holdings,
): LabelOutputs | null {
  const states = rowsOf(at(pass.hidden, stack.layers.length), 0, tokens.length);
  return labels && new LabelOutputs(gpu, holdings, labels, { states, tokens, hasNone: !stack.causal });
}

/** What the first T tokens of a pass left behind. */
export class TransformerRun extends LanguageRun implements Run {
  readonly pass: TransformerPass;
  readonly shared: SharedHoldings;
  readonly input: RunInput;

  constructor(gpu: Gpu, parts: TransformerRunParts) {
    const { about, model, input, pass, shared, holdings, milliseconds, changes = null } = parts;
    const { stack, head, vocabulary, judge } = model;
    const T = input.tokens.length;
    const states = rowsOf(at(pass.hidden, stack.layers.length), 0, T);
    const labels = labelsOf(gpu, model, pass, input, holdings);
    const map = attentionMap(gpu, parts, T);
    const ids = input.tokens.map(({ id }) => id);
    const answer = answerOf(head, vocabulary, model.labels ?? null, ids);
    super(gpu, {
      ...{ model: about, input, milliseconds, holdings, vocabulary },
      layers: stack.layers.length,
      heads: map.heads,
      width: stack.width,
      activations: [...activations(gpu, parts, map, states), ...(labels?.activations ?? [])],
      attention: [map],
      logits:
        head === null
          ? null
          : (recorder, range, target) => recordLogits(recorder, head, rowsOf(states, ...range), target),
      predicts: stack.causal ? 'next' : judge === undefined ? 'own' : 'replaced',
      ...(judge && { judge: (position) => judge(gpu, rowsOf(states, position, position + 1)) }),
      ...(labels && { predicts: labels.predicts, judge: (position) => labels.predictions(position) }),
      facets: {
        pace: parts.pace ?? null,
        changes,
        labels: labels && { ...labels.facet, side: 'target' },
        blocks: [blockStack(gpu, holdings, pass, T, { stack: null, side: 'target' })],
        structure: {
          stacks: [
            stackStructure(
              stack,
              { head, labels: model.labels, ends: model.ends },
              { stack: null, side: 'target' },
            ),
          ],
        },
        lens: head === null ? null : lensOf(holdings, pass, head, { vocabulary, token: input.vocabulary }),
        inputGradient: answer && inputGradientsOf({ gpu, holdings, pass, answer, tokens: input.tokens }),
      },
    });
    this.pass = pass;
    this.shared = shared;
    this.input = input;
  }
}

function attentionMap(
  gpu: Gpu,
  { model: { stack }, input, pass, holdings }: TransformerRunParts,
  T: number,
): StoredAttention {
  const lease = selfPatterns(gpu, holdings, pass, T);
  return new StoredAttention(gpu, {
    kind: 'self',
    layers: stack.layers.length,
    heads: stack.layers[0]?.attention.heads ?? 0,
    keyHeads: stack.layers[0]?.attention.keyHeads ?? 0,
    queries: input.tokens,
    keys: input.tokens,
    causal: stack.causal,
    activation: (layer) => activationName({ kind: 'attention', layer }),
    lease,
    pooled: pass.pooled('self', T),
    steps: stepsOf(gpu, pass, 'self', lease),
  });
}

function activations(
  gpu: Gpu,
  { model, pass, holdings }: TransformerRunParts,
  map: StoredAttention,
  states: GpuTensor,
): Activation[] {
  const [T = 0] = states.shape;
  const { head, vocabulary: V, more } = model;
  const hidden = pass.hidden.map((slab, l) =>
    heldActivation(
      gpu,
      holdings,
      { kind: 'hidden_state', layer: l, axes: ['token', 'unit'] },
      rowsOf(slab, 0, T),
    ),
  );
  const patterns = Array.from({ length: map.layers }, (_, l) =>
    computedActivation(
      gpu,
      holdings,
      { kind: 'attention', layer: l, axes: ['head', 'query', 'key'], shape: [map.heads, T, T] },
      (target, _signal, heads) => map.pattern(l, target, heads),
    ),
  );
  const logits =
    head === null
      ? []
      : [
          computedActivation(
            gpu,
            holdings,
            { kind: 'logits', axes: ['token', 'vocabulary'], shape: [T, V] },
            (target, signal, [from, to]) =>
              gpu.submit(
                'logits',
                (recorder) => recordLogits(recorder, head, rowsOf(states, from, to), target),
                { signal },
              ),
          ),
        ];
  return [...hidden, ...patterns, ...logits, ...(more?.(gpu, holdings, states) ?? [])];
}
