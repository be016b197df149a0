import { Computed } from '../../common/computed.svelte.ts';
import { counted, formatTime } from '../../common/numbers.ts';
import { savedChoice, savedNumber, savedTexts, type Json } from '../../common/saved.ts';
import type { Table } from '../../common/table.ts';
import type { Drawing, DrawingSize } from '../../drawing/drawing.ts';
import { tokenOn, type Place } from '../../runs/place.ts';
import type { ViewCommand, ViewContext, ViewInstance } from '../view.ts';
import { raceDrawing } from './drawing.ts';
import { wordId, wordOf } from './lane.ts';
import {
  lengthOf,
  raceTable,
  racersOf,
  readRace,
  wordSentence,
  type LookedWord,
  type Racer,
} from './reading.ts';

/** Of the time that it took; what is slower is easier to follow. */
export const SPEEDS = [0.05, 0.1, 0.25, 0.5, 1, 2, 4] as const;

/** What the models of all slots wrote, replayed on one clock. */
export class RaceView implements ViewInstance {
  /** Size of the picture in CSS pixels; its elements tell. */
  width = $state(0);
  height = $state(0);
  /** Where the clock stands, as a share of the longest time. */
  at = $state(1);
  speed = $state(0.25);
  /** The right output, as the user typed it; empty: all are compared with the first. */
  reference = $state('');
  playing = $state(false);
  /** The word that is pointed at, and the one that was clicked. */
  pointed = $state.raw<LookedWord | null>(null);
  locked = $state.raw<LookedWord | null>(null);
  readonly reader: Computed<{ readonly ids: string; readonly reference: string }, readonly Racer[]>;
  readonly #unfollow: () => void;

  constructor(
    readonly context: ViewContext,
    saved: Json | null,
  ) {
    this.#take(saved);
    this.reader = new Computed(
      () => {
        const { racing } = this;
        if (racing.length === 0) return null;
        return {
          ids: racing.map(({ letter, run }) => `${letter}${run.id}`).join(' '),
          reference: this.reference,
        };
      },
      ({ reference }, { signal }) => readRace(this.racing, reference, signal),
    );
    this.#unfollow = $effect.root(() => {
      $effect(() => {
        if (!this.playing) return;
        let [last, frame] = [performance.now(), 0];
        const step = () => {
          const now = performance.now();
          this.#move(now - last);
          last = now;
          frame = requestAnimationFrame(step);
        };
        frame = requestAnimationFrame(step);
        return () => cancelAnimationFrame(frame);
      });
    });
  }

  readonly racing = $derived.by(() => racersOf(this.context.slots));
  readonly racers: readonly Racer[] | null = $derived.by(() => {
    const { value } = this.reader;
    // Numbers of runs that have gone stay out.
    const isHere = value?.every(({ run }) => this.racing.some((one) => one.run === run));
    return isHere === true ? value : null;
  });
  readonly total = $derived.by(() => lengthOf(this.racers ?? []));
  readonly clock = $derived.by(() => this.at * this.total);
  readonly picture: Drawing | null = $derived.by(() => {
    const { racers, width, height, context } = this;
    if (racers === null || width === 0) return null;
    const text = context.size === 'presented' ? 26 : 13;
    // Where the tools are hidden, the picture tells.
    const speed = context.size === 'presented' ? this.speed : null;
    const { clock, looked } = this;
    const picture = { clock, speed, compared: this.#compared(racers), looked };
    return raceDrawing(racers, picture, { width, height, text });
  });

  /** The word that is looked at: in this picture, or in another view of the pane's own run. */
  readonly looked: LookedWord | null = $derived.by(() => this.pointed ?? this.#linked() ?? this.locked);

  /** In words; empty: none is looked at. */
  readonly sentence = $derived.by(() =>
    this.racers === null || this.looked === null ? '' : wordSentence(this.racers, this.looked),
  );

  readonly spoken: string = $derived.by(() => {
    const { racers } = this;
    if (racers === null) return 'Reading what the models wrote';
    if (this.sentence !== '') return this.sentence;
    return racers
      .map(
        ({ letter, run, lane }) =>
          `${letter}, ${run.model.name}: ${counted(lane.times.length, 'step')} in ${formatTime(lane.milliseconds)}, “${lane.output}”`,
      )
      .join('. ');
  });

  readonly commands: readonly ViewCommand[] = $derived.by(() => [
    {
      id: 'play',
      title: 'Play, or pause',
      shortcut: 'A',
      when: () => this.total > 0,
      run: () => this.play(),
    },
    {
      id: 'previous-step',
      title: 'Step before',
      shortcut: ',',
      when: () => this.at > 0,
      run: () => this.walk(-1),
    },
    { id: 'next-step', title: 'Step after', shortcut: '.', when: () => this.at < 1, run: () => this.walk(1) },
    {
      ...{ id: 'slower', title: 'Replay slower', shortcut: '<' },
      when: () => this.total > 0 && this.speed > SPEEDS[0],
      run: () => this.hurry(-1),
    },
    {
      ...{ id: 'faster', title: 'Replay faster', shortcut: '>' },
      when: () => this.total > 0 && this.speed < (SPEEDS.at(-1) ?? 0),
      run: () => this.hurry(1),
    },
  ]);

  /** Plays from here on, at the end from the beginning; where motion is unwelcome, the end is shown. */
  play(): void {
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) {
      this.at = 1;
      return;
    }
    if (!this.playing && this.at >= 1) this.at = 0;
    this.playing = !this.playing;
  }

  /** Goes to the next moment at which a model was done with a step, or to the one before. */
  walk(by: number): void {
    this.playing = false;
    const { total, clock } = this;
    const times = [0, ...(this.racers ?? []).flatMap(({ lane }) => lane.times)].sort((a, b) => a - b);
    const next =
      by > 0 ? times.find((time) => time > clock + 1e-6) : times.findLast((time) => time < clock - 1e-6);
    if (total > 0) this.at = Math.min(Math.max((next ?? (by > 0 ? total : 0)) / total, 0), 1);
  }

  /** Takes the next speed that is offered, or the one before. */
  hurry(by: number): void {
    const next =
      by > 0 ? SPEEDS.find((speed) => speed > this.speed) : SPEEDS.findLast((speed) => speed < this.speed);
    this.speed = next ?? this.speed;
  }

  /** Points at a word of any slot; other views of the pane's own run see it. */
  point(word: LookedWord | null): void {
    this.pointed = word;
    this.context.selection.hover(this.#placeOf(word));
  }

  /** Locks a word, or lets go of it: one of the pane's own run in all views of it. */
  pick(word: LookedWord): void {
    const place = this.#placeOf(word);
    const isLocked = this.locked !== null && wordId(this.locked) === wordId(word);
    this.locked = place !== null || isLocked ? null : word;
    if (place !== null) this.context.selection.toggle(place);
  }

  /** Its last token, in the pane's own run; null: it is of another one. */
  #placeOf(word: LookedWord | null): Place | null {
    const racer = this.racers?.find(({ letter }) => letter === word?.letter);
    if (word === null || racer === undefined || racer.run !== this.context.run) return null;
    const index = (racer.lane.words[word.word]?.tokens[1] ?? 0) - 1;
    return index < 0 ? null : { token: { side: 'target', index } };
  }

  #linked(): LookedWord | null {
    const { run, selection } = this.context;
    const index = tokenOn(selection.current, 'target');
    const racer = this.racers?.find((one) => one.run === run);
    if (index === null || racer === undefined) return null;
    const word = racer.lane.words.findIndex(({ tokens: [from, to] }) => from <= index && index < to);
    return word < 0 ? null : { letter: racer.letter, word };
  }

  #move(milliseconds: number): void {
    if (this.total === 0) return;
    this.at = Math.min(1, this.at + (milliseconds * this.speed) / this.total);
    if (this.at >= 1) this.playing = false;
  }

  #compared(racers: readonly Racer[]): string {
    if (this.reference.trim() !== '') return 'marked: not as in the right translation';
    const [first] = racers;
    return racers.length > 1 && first !== undefined ? `marked: not as ${first.letter} wrote it` : '';
  }

  save(): Json {
    const { locked, speed, reference } = this;
    const word = locked === null ? '' : wordId(locked);
    return { at: Math.round(this.at * 1e4) / 1e4, speed, reference: [reference], word };
  }

  show(state: Json): Promise<void> {
    this.#take(state);
    return Promise.resolve();
  }

  #take(state: Json | null): void {
    this.at = savedNumber(state, 'at', this.at, { least: 0, most: 1 });
    this.speed = savedNumber(state, 'speed', this.speed, { least: 0.01, most: 16 });
    this.reference = savedTexts(state, 'reference', 1)?.[0] ?? this.reference;
    this.locked = wordOf(savedChoice(state, 'word', this.locked === null ? '' : wordId(this.locked)));
  }

  async drawing(size: DrawingSize): Promise<Drawing> {
    const racers = await readRace(this.racing, this.reference);
    const clock = this.at * lengthOf(racers);
    const picture = { clock, speed: null, compared: this.#compared(racers), looked: this.looked };
    return raceDrawing(racers, picture, size);
  }

  async table(): Promise<Table> {
    return raceTable(await readRace(this.racing, this.reference));
  }

  close(): void {
    this.#unfollow();
    this.reader.close();
  }
}
