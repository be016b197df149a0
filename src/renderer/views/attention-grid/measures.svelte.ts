import {
  labelOf,
  measureHeads,
  metricMost,
  withRepeated,
  type HeadLabel,
  type HeadNumber,
  type MeasuredHead,
  type MetricsWish,
} from '../../analysis/heads.ts';
import { Computed } from '../../common/computed.svelte.ts';
import { REPEATED, scoreRepeated } from '../../models/repeated-random.ts';
import type { AttentionMap } from '../../runs/run.ts';
import type { RepeatedScores } from '../../runs/repeated-scores.ts';
import type { ViewContext } from '../view.ts';
import type { GridPicture } from './patterns.ts';

/** The view that heads are measured for; reactive. */
interface MeasuresOf {
  readonly context: ViewContext;
  readonly map: AttentionMap | null;
  readonly picture: GridPicture | null;
  readonly mode: string;
  /** Scores on repeated random tokens are wanted. */
  readonly scored: boolean;
}

/** Whose heads are scored: the model's, by its id. */
interface ScoresWish {
  readonly model: string;
}

/** What the heads of a view do: their metrics on the text, and their scores on repeated random tokens. */
export class HeadMeasures {
  readonly metrics: Computed<MetricsWish, readonly MeasuredHead[]>;
  /** By the model's id. */
  readonly repeated: Computed<ScoresWish, RepeatedScores>;

  constructor(private readonly view: MeasuresOf) {
    this.metrics = new Computed(() => this.#metricsWish(), measureHeads);
    this.repeated = new Computed(
      () => (view.scored ? { model: view.context.run.model.id } : null),
      (_wish, { signal, progress }) => this.#score(signal, progress),
    );
  }

  /** Once the patterns are there, which are what one wants to see first. */
  #metricsWish(): MetricsWish | null | undefined {
    const { map, picture, context, mode } = this.view;
    if (map === null) return null;
    const isPainted = picture?.run === context.run && picture.map === map && picture.largest !== null;
    return isPainted || mode !== 'patterns' ? { run: context.run, map } : undefined;
  }

  /** Every head with its metrics, layer by layer; none while they are not there. */
  readonly heads: readonly MeasuredHead[] = $derived.by(() => {
    const { current } = this.metrics;
    const { map, context } = this.view;
    if (map === null || current?.wish.run !== context.run || current.wish.map !== map) return [];
    return withRepeated(current.value, map.kind, this.scores);
  });
  /** Scores on repeated random tokens; null: nobody asked for them, or they are on their way. */
  readonly scores: RepeatedScores | null = $derived.by(() => {
    const { current } = this.repeated;
    return current?.wish.model === this.view.context.run.model.id ? current.value : null;
  });

  /** What a head does, in plain words; null: not known yet. */
  labelOf(layer: number, head: number): HeadLabel | null {
    const found = this.heads[layer * (this.view.map?.heads ?? 0) + head];
    return found === undefined ? null : labelOf(found);
  }

  /** How far along its scale a metric is, 0 … 1. */
  shareOf(metric: HeadNumber, value: number): number {
    return Number.isNaN(value) ? 0 : Math.min(value / metricMost(metric, this.heads), 1);
  }

  /** The heads with their metrics, and with the scores that are asked for, whatever is on screen. */
  async measureAll(map: AttentionMap): Promise<readonly MeasuredHead[]> {
    const scores = this.view.scored ? await this.#score(new AbortController().signal) : null;
    return withRepeated(await measureHeads({ map }), map.kind, scores);
  }

  #score(signal: AbortSignal, progress: (share: number) => void = () => undefined) {
    const { model } = this.view.context;
    return model.use((own) => scoreRepeated(own, REPEATED, { signal, progress }), signal);
  }

  close(): void {
    this.metrics.close();
    this.repeated.close();
  }
}
