import { Computed } from '../../common/computed.svelte.ts';
import { formatValue } from '../../common/numbers.ts';
import { savedNumber, type Json } from '../../common/saved.ts';
import type { Table } from '../../common/table.ts';
import { tokenName } from '../../common/tokens.ts';
import { without } from '../../common/without.ts';
import type { Drawing, DrawingSize } from '../../drawing/drawing.ts';
import { indexOn, tokenOn } from '../../runs/place.ts';
import type { ViewCommand, ViewContext, ViewInstance } from '../view.ts';
import { alignmentDrawing } from './drawing.ts';
import { withForced, withWeight } from './forced.ts';
import { alignmentTable, hasSteps, readStep, type AttentionStep, type StepWish } from './step.ts';

/** One step of an attention decoder: its numbers, and weights that are set by hand. */
export class AlignmentView implements ViewInstance {
  /** The step that was looked at last: a run with other tokens lets go of the selection, not of the step. */
  #last = $state(0);
  readonly reader: Computed<StepWish, AttentionStep>;
  readonly #unfollow: () => void;

  constructor(
    readonly context: ViewContext,
    saved: Json | null,
  ) {
    this.#take(saved);
    this.reader = new Computed(() => {
      const { run } = this.context;
      return hasSteps(run) ? { run, step: this.step } : null;
    }, readStep);
    this.#unfollow = $effect.root(() => {
      $effect(() => {
        const token = tokenOn(this.context.selection.current, 'target');
        if (token !== null) this.#last = token;
      });
    });
  }

  readonly step: number = $derived.by(() => {
    const { selection, run } = this.context;
    return Math.max(0, Math.min(tokenOn(selection.current, 'target') ?? this.#last, run.tokens.length - 1));
  });
  readonly looked = $derived.by(() => indexOn(this.context.selection.current, 'source'));
  /** The step that was read last, if it is this run's. */
  readonly value: AttentionStep | null = $derived.by(() => {
    const { value } = this.reader;
    return value?.run === this.context.run ? value : null;
  });
  /** Steps whose weights are set by hand. */
  readonly forced = $derived.by(() => this.context.decoding.options.forcedAttention?.length ?? 0);

  readonly spoken: string = $derived.by(() => {
    const { value, context } = this;
    const { run } = context;
    if (!hasSteps(run)) return 'This run has no attention decoder';
    if (value === null) return `Step ${tokenName(run.tokens, this.step)}`;
    const best = value.weights.reduce((top, weight, i) => (weight > (value.weights[top] ?? 0) ? i : top), 0);
    const source = tokenName(run.sourceTokens ?? [], best);
    return `Step ${tokenName(run.tokens, value.step)} looks most at ${source}: ${formatValue(value.weights[best] ?? 0)}`;
  });

  readonly commands: readonly ViewCommand[] = $derived.by(() => [
    {
      ...{ id: 'previous-step', title: 'Step before' },
      when: () => this.step > 0,
      run: () => this.walk(-1),
    },
    {
      ...{ id: 'next-step', title: 'Step after' },
      when: () => this.step < this.context.run.tokens.length - 1,
      run: () => this.walk(1),
    },
    {
      ...{ id: 'own-weights', title: 'The model’s own weights', words: 'reset attention by hand' },
      when: () => this.forced > 0,
      run: () => this.reset(),
    },
  ]);

  walk(by: number): void {
    const { run, selection } = this.context;
    const index = Math.min(Math.max(this.step + by, 0), run.tokens.length - 1);
    selection.lock({ token: { side: 'target', index } });
  }

  /** Gives a source token another share of the step that is shown; the decoder goes on from there. */
  set(index: number, share: number): void {
    const { value, context } = this;
    if (value === null) return;
    const { decoding } = context;
    decoding.set(withForced(decoding.options, value.step, withWeight(value.weights, index, share)));
  }

  reset(): void {
    const { decoding } = this.context;
    decoding.set(without(decoding.options, 'forcedAttention'));
  }

  save(): Json {
    return { step: this.step };
  }

  show(state: Json): Promise<void> {
    this.#take(state);
    return Promise.resolve();
  }

  #take(state: Json | null): void {
    this.#last = savedNumber(state, 'step', this.#last, { least: 0, whole: true });
  }

  async drawing(size: DrawingSize): Promise<Drawing> {
    return alignmentDrawing(await readStep({ run: this.context.run, step: this.step }), size);
  }

  table(): Promise<Table> {
    return alignmentTable(this.context.run);
  }

  close(): void {
    this.#unfollow();
    this.reader.close();
  }
}
