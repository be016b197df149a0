/** What a head with labels gives to a run: logits and predictions. T tokens, D width, C labels. */
import { spanScores, type SpanScores } from '../../analysis/answer-span.ts';
import { labelPredictions } from '../../analysis/labels.ts';
import type { LabelHead } from '../../../common/configs/labels.ts';
import type { Gpu } from '../../gpu/gpu.ts';
import { reshape, type GpuTensor } from '../../gpu/tensor.ts';
import { computedActivation, type Holdings } from '../../runs/activations.ts';
import type { ActivationKind } from '../../runs/activation-names.ts';
import type { Labels } from '../../runs/facets/labels.ts';
import type { Prediction } from '../../runs/facets/readout.ts';
import type { Activation, Token } from '../../runs/run.ts';
import { recordLabels, spokenFor, type ClassificationHead, type Spoken } from './head.ts';

export class LabelOutputs {
  readonly about: LabelHead;
  /** `logits` [C] of a text or [T, C] of its tokens; `start_logits` and `end_logits` [T]. */
  readonly activations: readonly Activation[];
  readonly tokens: readonly Token[];
  readonly #hasNone: boolean;
  #read: Promise<readonly Float32Array[]> | null = null;

  /**
   * @param states [T, D], alive as long as `holdings`
   * @param tokens of the text that is labelled
   * @param hasNone whether the first token, where it is special, says that a question has no answer
   * @throws as `spokenFor`
   */
  constructor(
    gpu: Gpu,
    holdings: Holdings,
    head: ClassificationHead,
    {
      states,
      tokens,
      hasNone,
    }: { readonly states: GpuTensor; readonly tokens: readonly Token[]; readonly hasNone: boolean },
  ) {
    this.about = head.about;
    this.tokens = tokens;
    this.#hasNone = hasNone;
    const ids = tokens.map(({ id }) => id);
    const spoken = spokenFor(head.about, ids);
    this.activations = shapesOf(head.about, tokens.length).map((about, i) => {
      const out = head.outs[i];
      if (out === undefined) throw new Error('A head has a part for each of its outputs.');
      return computedActivation(gpu, holdings, about, (target, signal) =>
        gpu.submit(
          'labels',
          (recorder) =>
            recordLabels(recorder, head, out, states, spoken, reshape(target, rowsFor(spoken, about.shape))),
          signal && { signal },
        ),
      );
    });
  }

  /** What a run says of its labels, but for whose they are. */
  get facet(): Omit<Labels, 'side'> {
    const { labels, names, scoring } = this.about;
    return { labels, names, scoring, hasNone: this.#hasNone };
  }

  get predicts(): 'label' | 'value' | 'span' {
    return predictsLabels(this.about);
  }

  /** What is said at a position: labels of the text, of the token, or whether the answer begins or ends here. */
  async predictions(position: number): Promise<readonly Prediction[]> {
    const { labels } = this.about;
    const [logits = new Float32Array(), ends = new Float32Array()] = await this.logits();
    const scores = labels === 'span' ? this.scores(logits, ends) : null;
    return predictionsAt(position, this.about, [logits, ends], scores);
  }

  /** All logits on the CPU, of each of the activations; they are read once. */
  async logits(): Promise<readonly Float32Array[]> {
    this.#read ??= Promise.all(this.activations.map((activation) => activation.read()));
    try {
      return await this.#read;
    } catch (error) {
      this.#read = null;
      throw error;
    }
  }

  /** Where an answer begins and ends. */
  scores(starts: ArrayLike<number>, ends: ArrayLike<number>): SpanScores {
    return spanScores(starts, ends, this.tokens, this.#hasNone);
  }
}

/** What is said of a position where outputs are labels. */
export function predictsLabels({
  labels,
  scoring,
}: Pick<LabelHead, 'labels' | 'scoring'>): 'label' | 'value' | 'span' {
  return labels === 'span' ? 'span' : scoring === 'value' ? 'value' : 'label';
}

/**
 * Labels of the text or of a token, best first; of a span, whether the answer begins or ends here.
 * @param logits [C] or [T, C]; of a span those of beginnings and ends, [T] each
 * @param scores of a span; null: it is none
 */
export function predictionsAt(
  position: number,
  { labels, names, scoring }: Pick<LabelHead, 'labels' | 'names' | 'scoring'>,
  [logits, ends]: readonly [Float32Array, Float32Array],
  scores: SpanScores | null,
): readonly Prediction[] {
  if (scores !== null) return spanPredictions([logits, ends], scores, position);
  const from = labels === 'text' ? 0 : position * names.length;
  return labelPredictions(logits.subarray(from, from + names.length), names, scoring);
}

function shapesOf(
  { labels, names }: LabelHead,
  T: number,
): (Pick<Activation, 'axes' | 'shape'> & { readonly kind: ActivationKind })[] {
  if (labels === 'span')
    return (['start_logits', 'end_logits'] as const).map((kind) => ({ kind, axes: ['token'], shape: [T] }));
  return labels === 'text'
    ? [{ kind: 'logits', axes: ['vocabulary'], shape: [names.length] }]
    : [{ kind: 'logits', axes: ['token', 'vocabulary'], shape: [T, names.length] }];
}

/** [n, C]: what the last matrix writes. */
function rowsFor(spoken: Spoken, shape: readonly number[]): readonly number[] {
  if (spoken !== 'all') return [1, shape[0] ?? 0];
  return [shape[0] ?? 0, shape[1] ?? 1];
}

/** The more probable word first. */
function spanPredictions(
  logits: readonly [ArrayLike<number>, ArrayLike<number>],
  { start, end }: SpanScores,
  position: number,
): readonly Prediction[] {
  const said = [start, end].map((probabilities, id) => ({
    token: { id, text: id === 0 ? 'start' : 'end', span: null, special: false },
    logit: logits[id]?.[position] ?? NaN,
    probability: probabilities[position] ?? NaN,
  }));
  return said.sort((a, b) => b.probability - a.probability);
}
