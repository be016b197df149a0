import { Computed } from '../../common/computed.svelte.ts';
import { HeadChoice } from '../../common/head-choice.svelte.ts';
import { noAttention } from '../../common/no-attention.ts';
import { formatPercent } from '../../common/numbers.ts';
import { savedChoice, savedNumber, type Json } from '../../common/saved.ts';
import type { Table } from '../../common/table.ts';
import { headName, tokenName, visibleText } from '../../common/tokens.ts';
import type { Drawing, DrawingSize } from '../../drawing/drawing.ts';
import { cellOf, placeOfCell, restingIndex, sidesOf, type Place } from '../../runs/place.ts';
import type { AttentionMap } from '../../runs/run.ts';
import type { ViewCommand, ViewContext, ViewInstance } from '../view.ts';
import { whyDrawing } from './drawing.ts';
import { PHASES, phasesOf, type Phase, type PhaseId } from './phases.ts';
import { readSteps, stepsTable, strongestKey, type Reading, type WhyWish } from './reading.ts';

/** How long a step stays while it is played, ms. */
const PLAYED = 1800;

/** One query of one head, from q and k to what the head adds, step by step. */
export class WhyView implements ViewInstance {
  /** Size of the picture in CSS pixels; its elements tell. */
  width = $state(0);
  height = $state(0);
  /** The last step that is shown, as far as the head takes it. */
  #phase = $state<PhaseId>('write');
  readonly choice: HeadChoice;
  /** The query that is shown while none is looked at, when one was asked for; null: the one that everything shows. */
  #query = $state<number | null>(null);
  playing = $state(false);
  readonly reader: Computed<WhyWish, Reading>;
  readonly #unfollow: () => void;

  constructor(
    readonly context: ViewContext,
    saved: Json | null,
  ) {
    this.choice = new HeadChoice(context);
    this.#take(saved);
    this.reader = new Computed(
      () => this.#wish(),
      (wish, { signal }) => readSteps(wish, signal),
    );
    this.#unfollow = $effect.root(() => {
      $effect(() => {
        if (this.looked.row !== null) this.#query = null;
      });
      $effect(() => {
        if (!this.playing) return;
        const timer = setInterval(() => this.#tick(), PLAYED);
        return () => clearInterval(timer);
      });
    });
  }

  readonly map: AttentionMap | null = $derived.by(() => this.choice.map);
  readonly layer = $derived.by(() => this.choice.layer);
  readonly head = $derived.by(() => this.choice.head);
  readonly looked = $derived.by(() =>
    this.map === null ? { row: null, column: null } : cellOf(this.map, this.context.selection.current),
  );
  readonly query = $derived.by(() => {
    const { map, looked, context } = this;
    if (map === null) return 0;
    const asked = looked.row ?? this.#query ?? restingIndex(context.run, sidesOf(map.kind).queries);
    return Math.max(0, Math.min(asked, map.queries.length - 1));
  });

  #wish(): WhyWish | null {
    const { map, layer, head, query } = this;
    if (map === null || map.queries.length === 0) return null;
    return { run: this.context.run, map, layer, head, query };
  }

  /** What was read last, if it is this run's. */
  readonly value: Reading | null = $derived.by(() => {
    const { value } = this.reader;
    return value?.run === this.context.run ? value : null;
  });
  readonly phases: readonly Phase[] = $derived.by(() =>
    this.value === null ? [] : phasesOf(this.value.steps),
  );
  /** The step that is shown: the nearest that the head takes. */
  readonly phase: PhaseId = $derived.by(() => {
    const wanted = PHASES.indexOf(this.#phase);
    const known = this.phases.filter(({ id }) => PHASES.indexOf(id) <= wanted);
    return known.at(-1)?.id ?? this.phases[0]?.id ?? this.#phase;
  });
  readonly at = $derived.by(() => this.phases.findIndex(({ id }) => id === this.phase));

  readonly picture: Drawing | null = $derived.by(() => {
    const { value, width, height, context } = this;
    if (value === null || width === 0) return null;
    const text = context.size === 'presented' ? 26 : 12;
    return whyDrawing(value, { phase: this.phase, looked: this.key }, { width, height, text });
  });
  /** The key that is looked at, if the query sees it in this picture. */
  readonly key = $derived.by(() => {
    const { column } = this.looked;
    return column !== null && column < (this.value?.keys.length ?? 0) ? column : null;
  });

  readonly spoken: string = $derived.by(() => {
    const { value } = this;
    if (this.map === null) return 'This run has no attention';
    if (value === null) return `${headName(this.layer, this.head)}, reading its steps`;
    const { map, layer, head, query } = value;
    const key = this.key ?? strongestKey(value);
    const step = this.phases[this.at];
    const own = value.keys[key];
    const asks =
      map.kind === 'cross' ? `“${visibleText(value.asks?.text ?? '')}”` : tokenName(map.queries, query);
    return [
      `${headName(layer, head)}, ${asks} looks at ${tokenName(map.keys, key)}: ${formatPercent(own?.weight ?? 0)}`,
      ...(step === undefined || own === undefined ? [] : [`${step.title}: ${step.numbers(own)}`]),
    ].join('. ');
  });

  readonly commands: readonly ViewCommand[] = $derived.by(() => {
    const hasSteps = () => this.phases.length > 0;
    return [
      {
        id: 'play',
        title: 'Play, or pause',
        shortcut: 'A',
        when: hasSteps,
        run: () => this.play(),
      },
      { id: 'previous-step', title: 'Step before', shortcut: ',', when: hasSteps, run: () => this.walk(-1) },
      { id: 'next-step', title: 'Step after', shortcut: '.', when: hasSteps, run: () => this.walk(1) },
      ...this.choice.commands(),
    ];
  });

  /** Goes to a step; what plays pauses. */
  go(phase: PhaseId): void {
    this.playing = false;
    this.#phase = phase;
  }

  walk(by: number): void {
    const next = this.phases[Math.min(Math.max(this.at + by, 0), this.phases.length - 1)];
    if (next !== undefined) this.go(next.id);
  }

  /** Plays from here on, at the end from the beginning. */
  play(): void {
    if (!this.playing && this.at >= this.phases.length - 1) this.#phase = PHASES[0];
    this.playing = !this.playing;
  }

  #tick(): void {
    const next = this.phases[this.at + 1];
    if (next === undefined) this.playing = false;
    else this.#phase = next.id;
  }

  /** The place of a key of the query that is shown. */
  placeOf(key: number): Place | null {
    const { value } = this;
    return value === null ? null : placeOfCell(value.map, value.layer, value.head, value.query, key);
  }

  save(): Json {
    return { ...this.choice.save(), query: this.query, phase: this.#phase };
  }

  show(state: Json): Promise<void> {
    this.#take(state);
    return Promise.resolve();
  }

  #take(state: Json | null): void {
    this.choice.take(state);
    this.#query = savedNumber(state, 'query', this.#query, { least: 0, whole: true });
    this.#phase = savedChoice(state, 'phase', this.#phase, PHASES);
  }

  async #read(): Promise<Reading> {
    const wish = this.#wish();
    if (wish === null) throw noAttention();
    return readSteps(wish);
  }

  async drawing(size: DrawingSize): Promise<Drawing> {
    const reading = await this.#read();
    return whyDrawing(reading, { phase: this.#phase, looked: this.key }, size);
  }

  async table(): Promise<Table> {
    return stepsTable(await this.#read());
  }

  close(): void {
    this.#unfollow();
    this.reader.close();
  }
}
