import { tick, untrack } from 'svelte';
import type { ApiError } from '../../common/contract.ts';
import { HeadgateError, toApiError } from '../../common/error.ts';
import { activity } from './activity.svelte.ts';

/** What a computation is given beside its wish. */
export interface Work<Value> {
  /** Aborted when a newer wish is there, and at the end. Short work may ignore it, so that every step of a drag is seen. */
  readonly signal: AbortSignal;
  /** Tells how far the work is, 0 … 1. */
  progress(share: number): void;
  /** Shows a part of the value, before all of it is there. */
  show(value: Value): void;
  /** Called once the value has been replaced and the elements have followed, or when the work fails. */
  own(release: () => void): void;
}

/** A value and what it was computed for. */
export interface Answer<Wish, Value> {
  readonly wish: Wish;
  readonly value: Value;
}

/**
 * A value that follows a wish, such as the tiles of the head that is looked at. The newest wish wins: while one is worked
 * on, later ones replace each other, and the last begins when it ends. What was there stays until the new is there, or
 * until that fails: it would be taken for what was wished.
 */
export class Computed<Wish extends object, Value> {
  /** The newest value with its wish, which may not be the newest wish; null: none yet, or nothing is wished. */
  current = $state.raw<Answer<Wish, Value> | null>(null);
  /** Why the newest wish failed; null: it did not. */
  error = $state.raw<ApiError | null>(null);
  /** How far the work is that tells of it, 0 … 1; null: none does. */
  progress = $state.raw<number | null>(null);
  busy = $state(false);

  readonly #compute: (wish: Wish, work: Work<Value>, before: Answer<Wish, Value> | null) => Promise<Value>;
  readonly #unfollow: () => void;
  /** The wish that was asked for last, while it has not failed. */
  #asked: Wish | null = null;
  #newest: Wish | null = null;
  #waiting: { readonly wish: Wish | null } | null = null;
  #work: Promise<void> | null = null;
  #abort: AbortController | null = null;
  #held: (() => void)[] = [];
  #closed = false;

  /**
   * @param wish reactive; null: nothing is wished, and the value goes; undefined: nothing new, and it stays.
   *   Wishes that agree in every field are the same wish.
   * @param compute told of the last value too, of which it may keep parts
   */
  constructor(
    wish: () => Wish | null | undefined,
    compute: (wish: Wish, work: Work<Value>, before: Answer<Wish, Value> | null) => Promise<Value>,
  ) {
    this.#compute = compute;
    this.#unfollow = $effect.root(() => {
      $effect(() => {
        const next = wish();
        if (next !== undefined) untrack(() => this.#ask(next));
      });
    });
  }

  get value(): Value | null {
    return this.current?.value ?? null;
  }

  /** Tries the newest wish again, such as after an error. */
  again(): void {
    this.#asked = null;
    this.#ask(this.#newest);
  }

  /** Gives up the work that is under way; `again` or another wish begins anew. */
  stop(): void {
    this.#waiting = null;
    this.#asked = null;
    this.#abort?.abort(aborted());
  }

  /** Resolves when no work is under way or waiting. @throws why the newest wish failed */
  async settled(): Promise<Value | null> {
    await tick();
    while (this.#work !== null) await this.#work;
    const { error } = this;
    if (error !== null) throw new HeadgateError(error.code, error.message, error.hint);
    return this.value;
  }

  /** Follows no wish any more, ends the work and releases the value. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#unfollow();
    this.#waiting = null;
    this.#abort?.abort(aborted());
    if (this.#work === null) void this.#replace(null, []);
  }

  #ask(wish: Wish | null): void {
    if (this.#closed || (wish === null ? this.#newest === null : sameFields(this.#asked, wish))) return;
    this.#asked = wish;
    this.#newest = wish;
    this.#waiting = { wish };
    this.#abort?.abort(aborted());
    this.#work ??= this.#workOff();
  }

  async #workOff(): Promise<void> {
    this.busy = true;
    const end = activity.begin();
    while (this.#waiting !== null) {
      const { wish } = this.#waiting;
      this.#waiting = null;
      if (wish === null) {
        this.error = null;
        await this.#replace(null, []);
      } else await this.#serve(wish);
    }
    if (this.#closed) await this.#replace(null, []);
    this.busy = false;
    end();
    this.#work = null;
  }

  async #serve(wish: Wish): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    const held: (() => void)[] = [];
    const replaced: Promise<void>[] = [];
    const show = (value: Value) => {
      if (this.#closed) return;
      replaced.push(this.#replace({ wish, value }, held));
    };
    const work: Work<Value> = {
      signal: abort.signal,
      progress: (share) => (this.progress = share),
      show,
      own: (release) => held.push(release),
    };
    try {
      show(await this.#compute(wish, work, this.current));
      this.error = null;
    } catch (error) {
      if (this.#asked === wish) this.#asked = null;
      // What was given up, such as a run that was disposed of: the next wish is about the next one.
      const isFailure = !isAbort(error) && !abort.signal.aborted;
      if (isFailure) this.error = toApiError(error);
      if (isFailure || this.#held === held) replaced.push(this.#replace(null, []));
      if (this.#held !== held) for (const release of held.splice(0)) release();
    } finally {
      this.progress = null;
      this.#abort = null;
      await Promise.all(replaced);
      if (this.#held !== held) for (const release of held.splice(0)) release();
    }
  }

  /** Puts a value in the place of the one before, whose parts are released once the elements have followed. */
  async #replace(next: Answer<Wish, Value> | null, held: (() => void)[]): Promise<void> {
    const before = this.#held;
    this.current = next;
    this.#held = held;
    if (before === held) return;
    await tick();
    for (const release of before.splice(0)) release();
  }
}

function aborted(): DOMException {
  return new DOMException('Nobody waits for it any more.', 'AbortError');
}

/** True when two wishes agree in every field: what is asked again need not be done again. */
export function sameFields<Wish extends object>(a: Wish | null, b: Wish): boolean {
  return a !== null && (Object.keys(b) as (keyof Wish)[]).every((key) => a[key] === b[key]);
}

/** True for the error of something that was given up: nobody needs to be told. */
function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
