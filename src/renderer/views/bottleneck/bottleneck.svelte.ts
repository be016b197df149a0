import { Computed } from '../../common/computed.svelte.ts';
import { counted, formatPercent } from '../../common/numbers.ts';
import { savedChoice, savedTexts, type Json } from '../../common/saved.ts';
import type { Table } from '../../common/table.ts';
import { without } from '../../common/without.ts';
import type { Drawing, DrawingSize } from '../../drawing/drawing.ts';
import { tokenOn } from '../../runs/place.ts';
import type { Run } from '../../runs/run.ts';
import type { ViewCommand, ViewContext, ViewInstance } from '../view.ts';
import { MEASURES, type Measure } from './chart.ts';
import { bottleneckDrawing } from './drawing.ts';
import {
  bottleneckTable,
  numbersOf,
  outputWords,
  readBottleneck,
  wordCount,
  type Reading,
} from './reading.ts';

/** The one vector between a sentence and its translation, and what it costs. */
export class BottleneckView implements ViewInstance {
  /** Size of the picture in CSS pixels; its elements tell. */
  width = $state(0);
  height = $state(0);
  measure = $state<Measure>('bleu');
  /** The right output, as the user typed it. */
  reference = $state('');
  readonly reader: Computed<{ readonly run: Run }, Reading>;

  constructor(
    readonly context: ViewContext,
    saved: Json | null,
  ) {
    this.#take(saved);
    this.reader = new Computed(
      () => {
        const { run } = this.context;
        return run.facet('bottleneck') === null || run.tokens.length === 0 ? null : { run };
      },
      (wish, { signal }) => readBottleneck(wish, signal),
    );
  }

  /** What was read last, if it is this run's. */
  readonly value: Reading | null = $derived.by(() => {
    const { value } = this.reader;
    return value?.run === this.context.run ? value : null;
  });
  readonly looked = $derived.by(() => {
    const token = tokenOn(this.context.selection.current, 'target');
    const { value } = this;
    if (token === null || value === null) return null;
    return outputWords(value, '').findLast((word) => word.token <= token)?.token ?? null;
  });
  readonly picture: Drawing | null = $derived.by(() => {
    const { value, width, height, context } = this;
    if (value === null || width === 0) return null;
    const text = context.size === 'presented' ? 26 : 12;
    return bottleneckDrawing(value, this.#shown, { width, height, text });
  });
  /** The output is the reference, and only looked at (teacher forcing). */
  readonly isForced = $derived.by(() => this.context.decoding.options.targetText !== undefined);

  readonly spoken: string = $derived.by(() => {
    const { value } = this;
    if (value === null) return 'Reading the vector between the two sentences';
    const words = outputWords(value, this.reference);
    const least = words.reduce(
      (low, word) => (word.probability < low.probability ? word : low),
      words[0] ?? NONE,
    );
    const count = `${counted(wordCount(value.run), 'word')} in ${counted(numbersOf(value.decoder), 'number')}`;
    return `${count}; least sure of “${least.text}”: ${formatPercent(least.probability)}`;
  });

  readonly commands: readonly ViewCommand[] = $derived.by(() => [
    {
      ...{ id: 'measure', title: 'Quality by length: BLEU or exact translations', shortcut: 'Q' },
      when: () => this.context.run.facet('quality') !== null,
      run: () => {
        this.measure = this.measure === 'bleu' ? 'exact' : 'bleu';
      },
    },
    {
      ...{ id: 'force', title: 'Teacher forcing: give the reference as output, or not' },
      words: 'certainty reference target',
      when: () => this.isForced || this.reference.trim() !== '',
      run: () => this.toggleForcing(),
    },
  ]);

  get #shown() {
    return { reference: this.reference, measure: this.measure, looked: this.looked };
  }

  toggleForcing(): void {
    const { decoding } = this.context;
    const plain = without(decoding.options, 'targetText');
    decoding.set(this.isForced ? plain : { ...plain, targetText: this.reference.trim() });
  }

  save(): Json {
    return { measure: this.measure, reference: [this.reference] };
  }

  show(state: Json): Promise<void> {
    this.#take(state);
    return Promise.resolve();
  }

  #take(state: Json | null): void {
    this.measure = savedChoice(state, 'measure', this.measure, MEASURES);
    this.reference = savedTexts(state, 'reference', 1)?.[0] ?? this.reference;
  }

  async drawing(size: DrawingSize): Promise<Drawing> {
    return bottleneckDrawing(await readBottleneck(this.context), this.#shown, size);
  }

  async table(): Promise<Table> {
    return bottleneckTable(await readBottleneck(this.context), this.reference);
  }

  close(): void {
    this.reader.close();
  }
}

const NONE = { text: '', probability: NaN };
