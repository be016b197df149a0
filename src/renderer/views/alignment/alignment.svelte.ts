import { untrack } from 'svelte';
import { Computed } from '../../common/computed.svelte.ts';
import { glide } from '../../common/motion.ts';
import { formatValue } from '../../common/numbers.ts';
import { savedChoice, savedNone, savedNumber, type Json } from '../../common/saved.ts';
import type { Table } from '../../common/table.ts';
import { tokenName, visibleText } from '../../common/tokens.ts';
import { without } from '../../common/without.ts';
import type { Drawing, DrawingSize } from '../../drawing/drawing.ts';
import { indexOn, lookedIndex, tokenOn } from '../../runs/place.ts';
import type { ViewCommand, ViewContext, ViewInstance } from '../view.ts';
import { processDrawing } from './drawing.ts';
import { strongest } from './process.ts';
import { withForced, withWeight } from './forced.ts';
import { PHASES, sentenceOf, type PhaseId } from './phases.ts';
import { stageOf, type Stage } from './stage.ts';
import { alignmentTable, hasSteps, readStep, type AttentionStep, type StepWish } from './step.ts';

/** How long a phase stays while it is played, ms. */
const PLAYED = 1400;

/** An attention decoder at work: states, scores, softmax, faded states, their sum, the word; and weights set by hand. */
export class AlignmentView implements ViewInstance {
  /** Size of the picture in CSS pixels; its elements tell. */
  width = $state(0);
  height = $state(0);
  phase = $state<PhaseId>('word');
  /** How far the phase is, 0 … 1. */
  progress = $state(1);
  playing = $state(false);
  /** Weights under a hand that drags them, until the run has them. */
  #dragged = $state.raw<{ readonly step: number; readonly weights: readonly number[] } | null>(null);
  /** The step that is shown while none is looked at, when one was asked for; null: the one that everything shows. */
  #asked = $state<number | null>(null);
  /** The step whose weights were changed, until the run has them: its word may change, and lets go of the selection. */
  #changing = $state<number | null>(null);
  readonly reader: Computed<StepWish, AttentionStep>;
  readonly #unfollow: () => void;
  #motion: AbortController | null = null;

  constructor(
    readonly context: ViewContext,
    saved: Json | null,
  ) {
    this.#take(saved);
    this.reader = new Computed(
      () => {
        const { run } = this.context;
        return hasSteps(run) ? { run, step: this.step } : null;
      },
      (wish, { signal }) => readStep(wish, signal),
    );
    this.#unfollow = $effect.root(() => {
      $effect(() => {
        if (tokenOn(this.context.selection.current, 'target') !== null) this.#asked = null;
      });
      // A run that followed the hand shows its own weights again, at the same step.
      $effect(() => {
        if (this.value !== null) untrack(() => this.#settle());
      });
      $effect(() => {
        if (!this.playing) return;
        const timer = setInterval(() => this.#tick(), PLAYED);
        return () => clearInterval(timer);
      });
    });
  }

  readonly step: number = $derived.by(() => {
    const { selection, run } = this.context;
    const place = selection.current;
    const kept = this.#changing ?? this.#asked;
    const step =
      tokenOn(place, 'target') === null && kept !== null ? kept : lookedIndex(run, place, 'target');
    return Math.max(0, Math.min(step, run.tokens.length - 1));
  });
  readonly looked = $derived.by(() => indexOn(this.context.selection.current, 'source'));
  /** The step that was read last, if it is this run's. */
  readonly value: AttentionStep | null = $derived.by(() => {
    const { value } = this.reader;
    return value?.run === this.context.run ? value : null;
  });
  /** What is on screen: the last step while the run follows a hand. */
  readonly shown: AttentionStep | null = $derived.by(() => this.value ?? this.reader.value);
  readonly weights: readonly number[] = $derived.by(() => {
    const { shown } = this;
    const dragged = this.#dragged;
    if (shown === null) return [];
    return dragged?.step === shown.step ? dragged.weights : Array.from(shown.weights);
  });
  /** Steps whose weights are set by hand. */
  readonly forced = $derived.by(() => this.context.decoding.options.forcedAttention?.length ?? 0);

  readonly size: DrawingSize = $derived.by(() => ({
    width: this.width,
    height: this.height,
    text: this.context.size === 'presented' ? 26 : 13,
  }));
  readonly stage: Stage | null = $derived.by(() => {
    const { shown } = this;
    if (shown === null || this.width === 0) return null;
    const source = (shown.run.sourceTokens ?? []).map(({ text }) => visibleText(text));
    return stageOf(this.size, source, shown.run.tokens.length);
  });
  readonly picture: Drawing | null = $derived.by(() => {
    const { shown, phase, progress, looked, weights } = this;
    if (shown === null || this.width === 0) return null;
    return processDrawing(shown, { phase, progress, looked, dragged: weights }, this.size);
  });

  readonly spoken: string = $derived.by(() => {
    const { value, context, phase } = this;
    const { run } = context;
    if (!hasSteps(run)) return 'This run has no attention decoder';
    if (value === null) return `Step ${tokenName(run.tokens, this.step)}`;
    const best = this.looked ?? strongest(value.weights);
    const source = tokenName(run.sourceTokens ?? [], best);
    const step = `Step ${tokenName(run.tokens, value.step)} looks at ${source}: ${formatValue(value.weights[best] ?? 0)}`;
    return `${step}. ${sentenceOf(phase, value, best, source)}`;
  });

  readonly commands: readonly ViewCommand[] = $derived.by(() => {
    const can = () => hasSteps(this.context.run);
    return [
      { id: 'play', title: 'Play, or pause', shortcut: 'A', when: can, run: () => this.play() },
      { id: 'previous-step', title: 'Step before', shortcut: ',', when: can, run: () => this.turn(-1) },
      { id: 'next-step', title: 'Step after', shortcut: '.', when: can, run: () => this.turn(1) },
      {
        ...{ id: 'previous-word', title: 'Word before' },
        when: () => this.step > 0,
        run: () => this.walk(-1),
      },
      {
        ...{ id: 'next-word', title: 'Word after' },
        when: () => this.step < this.context.run.tokens.length - 1,
        run: () => this.walk(1),
      },
      {
        ...{ id: 'own-weights', title: 'The model’s own weights', words: 'reset attention by hand' },
        when: () => this.forced > 0,
        run: () => this.reset(),
      },
    ];
  });

  /** Goes to another word of the output. */
  walk(by: number): void {
    const { run, selection } = this.context;
    const index = Math.min(Math.max(this.step + by, 0), run.tokens.length - 1);
    selection.lock({ token: { side: 'target', index } });
  }

  /** Goes to another phase; past the last one of a word to the first one of the next. */
  turn(by: number): void {
    this.playing = false;
    this.#turn(by);
  }

  #turn(by: number): void {
    const next = PHASES[PHASES.indexOf(this.phase) + by];
    if (next !== undefined) void this.go(next);
    else if (by > 0 && this.step < this.context.run.tokens.length - 1) {
      this.walk(1);
      void this.go(PHASES[0]);
    } else if (by < 0 && this.step > 0) {
      this.walk(-1);
      void this.go('word');
    }
  }

  /** Shows a phase, moving where motion is welcome. */
  async go(phase: PhaseId): Promise<void> {
    this.#motion?.abort();
    const motion = new AbortController();
    this.#motion = motion;
    this.phase = phase;
    await glide((share) => {
      this.progress = share;
    }, motion.signal);
  }

  /** Plays from here on to the end of the text; at the end from the beginning. */
  play(): void {
    const { run } = this.context;
    const isEnd = this.phase === 'word' && this.step >= run.tokens.length - 1;
    if (!this.playing && isEnd) {
      this.walk(-this.step);
      void this.go(PHASES[0]);
    }
    this.playing = !this.playing;
  }

  #tick(): void {
    if (this.phase === 'word' && this.step >= this.context.run.tokens.length - 1) this.playing = false;
    else this.#turn(1);
  }

  /** Gives a source token another share of the step that is shown; the decoder goes on from there, and all of it is seen. */
  set(index: number, share: number): void {
    const { shown, context } = this;
    if (shown === null) return;
    this.playing = false;
    this.#motion?.abort();
    this.phase = 'word';
    this.progress = 1;
    const weights = withWeight(this.weights, index, share);
    this.#dragged = { step: shown.step, weights };
    this.#changing = shown.step;
    const { decoding } = context;
    decoding.set(withForced(decoding.options, shown.step, weights));
  }

  /** The run has the weights: everything looks at their step. */
  #settle(): void {
    const step = this.#changing;
    const { selection, run } = this.context;
    this.#dragged = null;
    this.#changing = null;
    if (step !== null && step < run.tokens.length && tokenOn(selection.current, 'target') === null)
      selection.lock({ token: { side: 'target', index: step } });
  }

  reset(): void {
    this.#dragged = null;
    this.#changing = this.step;
    const { decoding } = this.context;
    decoding.set(without(decoding.options, 'forcedAttention'));
  }

  save(): Json {
    return { step: this.#asked, phase: this.phase };
  }

  async show(state: Json, { animate = false }: Parameters<ViewInstance['show']>[1] = {}): Promise<void> {
    const before = this.phase;
    this.#take(state);
    if (animate && before !== this.phase) await this.go(this.phase);
  }

  #take(state: Json | null): void {
    this.#asked = savedNone(state, 'step')
      ? null
      : savedNumber(state, 'step', this.#asked, { least: 0, whole: true });
    this.phase = savedChoice(state, 'phase', this.phase, PHASES);
  }

  async drawing(size: DrawingSize): Promise<Drawing> {
    const { run } = this.context;
    return processDrawing(await readStep({ run, step: this.step }), { ...this.#still }, size);
  }

  get #still() {
    return { phase: this.phase, progress: 1, looked: this.looked };
  }

  table(): Promise<Table> {
    return alignmentTable(this.context.run);
  }

  close(): void {
    this.#motion?.abort();
    this.#unfollow();
    this.reader.close();
  }
}
