import { Computed } from '../../common/computed.svelte.ts';
import { counted, formatCosine } from '../../common/numbers.ts';
import { savedNumber, type Json } from '../../common/saved.ts';
import type { Table } from '../../common/table.ts';
import { isOfWords, nameOf, noWords, sumOf, type Neighbourhood } from '../../common/words.ts';
import type { Drawing, DrawingSize } from '../../drawing/drawing.ts';
import { tokenOn, type Place } from '../../runs/place.ts';
import type { ViewCommand, ViewContext, ViewInstance } from '../view.ts';
import { neighboursDrawing } from './drawing.ts';
import { listsOf, MOST_WORDS, neighboursTable, WORDS, type ListsWish } from './lists.ts';

/** The words nearest to the sum and to each word of a text. */
export class NeighboursView implements ViewInstance {
  /** Words in each list. */
  words = $state(WORDS);
  /** How far the lists are scrolled, CSS pixels. */
  scroll = $state(0);
  readonly lists: Computed<ListsWish, readonly Neighbourhood[]>;

  constructor(
    readonly context: ViewContext,
    saved: Json | null,
  ) {
    this.#take(saved);
    this.lists = new Computed(() => this.#wish(), listsOf);
  }

  #wish(): ListsWish | null {
    const { run } = this.context;
    return isOfWords(run) ? { run, words: this.words } : null;
  }

  /** The lists of the run; null: not found yet. */
  readonly shown: readonly Neighbourhood[] | null = $derived.by(() => {
    const { current } = this.lists;
    return current?.wish.run === this.context.run ? current.value : null;
  });
  readonly sum = $derived.by(() => sumOf(this.context.run));
  readonly looked = $derived.by(() => tokenOn(this.context.selection.current, 'target'));
  readonly locked = $derived.by(() => tokenOn(this.context.selection.locked, 'target'));

  readonly spoken = $derived.by(() => {
    const { run } = this.context;
    if (!isOfWords(run)) return noWords().message;
    const list = this.shown?.find(({ position }) => position === (this.looked ?? this.sum));
    if (list === undefined) return `Words near ${counted(run.tokens.length, 'word')}`;
    const words = list.nearest.slice(0, 3).map(({ token, logit }) => `${token.text} ${formatCosine(logit)}`);
    return `Nearest to ${nameOf(run, list.position)}: ${words.join(', ')}`;
  });

  placeOf(position: number): Place {
    return { token: { side: 'target', index: position } };
  }

  readonly commands: readonly ViewCommand[] = [
    {
      ...{ id: 'more', title: 'More words in each list' },
      when: () => this.words < MOST_WORDS,
      run: () => this.#change(1),
    },
    {
      ...{ id: 'fewer', title: 'Fewer words in each list' },
      when: () => this.words > 1,
      run: () => this.#change(-1),
    },
  ];

  #change(by: number): void {
    this.words = Math.min(Math.max(this.words + by, 1), MOST_WORDS);
  }

  save(): Json {
    return { words: this.words, scroll: Math.round(this.scroll) };
  }

  show(state: Json): Promise<void> {
    this.#take(state);
    return Promise.resolve();
  }

  #take(state: Json | null): void {
    this.words = savedNumber(state, 'words', this.words, { least: 1, most: MOST_WORDS, whole: true });
    this.scroll = savedNumber(state, 'scroll', this.scroll, { least: 0 });
  }

  async drawing(size: DrawingSize): Promise<Drawing> {
    const lists = await this.lists.settled();
    if (lists === null) throw noWords();
    return neighboursDrawing(this.context.run, lists, size);
  }

  table(): Promise<Table> {
    const wish = this.#wish();
    return wish === null ? Promise.reject(noWords()) : neighboursTable(wish);
  }

  close(): void {
    this.lists.close();
  }
}
