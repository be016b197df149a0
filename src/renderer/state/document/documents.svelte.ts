import type { ApiError, SessionFile } from '../../../common/contract.ts';
import { toApiError } from '../../../common/error.ts';
import type { Api } from '../../api.ts';
import type { Arranged } from './arranged.ts';
import { parseDocument, type Screenful } from './document.ts';
import { History, withTextsOf } from './history.svelte.ts';
import { restoreDocument, restoreScreen, type RestoreOptions } from './restore.ts';
import { screenful, snapshot } from './snapshot.ts';
import { nameOfStep } from './step-names.ts';

/** The window is kept this long after a change, ms. */
const AUTOSAVE_MILLISECONDS = 2000;
/** Views whose state changes without anybody having touched anything this long, ms, change it by themselves. */
const TOUCH_MILLISECONDS = 1500;

/** Keeps the window as a document: between starts, in sessions, and for undo. */
export class Documents {
  readonly history = new History();
  /** The name of the session that was opened or saved last; null: none. */
  session = $state.raw<string | null>(null);
  /** The file that it was opened from or saved as, by the host's dialogs; null: none. */
  file = $state.raw<SessionFile | null>(null);
  #present: Screenful | null = null;
  #kept = '';
  /** Restorations that are under way. */
  #restoring = $state(0);
  #touched = -Infinity;
  #timer: ReturnType<typeof setTimeout> | null = null;
  /** Nothing is kept before what was kept has been looked at. */
  #isKeeping = false;

  constructor(
    private readonly bench: Arranged,
    private readonly api: Api,
  ) {}

  get isRestoring(): boolean {
    return this.#restoring > 0;
  }

  /** The user pressed, typed or turned something. */
  touch(): void {
    this.#touched = performance.now();
  }

  /** What is on screen has changed, or may have; an effect calls this. */
  follow(): void {
    const now = screenful(this.bench);
    // They are no steps of history, but kept.
    void this.bench.steps.list;
    if (this.isRestoring) return;
    const before = this.#present;
    this.#present = now;
    if (before === null) return;
    const name = nameOfStep(before, now, (view) => this.bench.view(view)?.title ?? view);
    const isTouched = performance.now() - this.#touched < TOUCH_MILLISECONDS;
    if (name !== null && (isTouched || !name.endsWith(' settings')))
      this.history.step(name, before, performance.now());
    this.#keepSoon();
  }

  async undo(): Promise<void> {
    const now = screenful(this.bench);
    const screen = this.history.undo(now);
    if (screen !== null) await this.show(withTextsOf(screen, now), { animate: true });
  }

  async redo(): Promise<void> {
    const now = screenful(this.bench);
    const screen = this.history.redo(now);
    if (screen !== null) await this.show(withTextsOf(screen, now), { animate: true });
  }

  /** Goes to what was on screen once. */
  show(screen: Screenful, options: RestoreOptions = {}): Promise<void> {
    return this.#restore(() => restoreScreen(this.bench, screen, options));
  }

  /** Opens a document of a file's text. @param name for errors @throws HeadgateError `bad-session` */
  async open(name: string, json: string): Promise<void> {
    const document = parseDocument(name, json);
    await this.#restore(() => restoreDocument(this.bench, document));
    this.#keepSoon();
  }

  /** The window as a file's text. */
  text(): string {
    return `${JSON.stringify(snapshot(this.bench), null, 1)}\n`;
  }

  /**
   * Opens the session that was named at the start, else the window as it was last.
   * @returns false when there is none, or none that may be opened now: then the window begins as always
   */
  async begin(restores: boolean): Promise<boolean> {
    this.#isKeeping = true;
    if (!restores) return false;
    try {
      const { named, last, crashed } = await this.api.keptWindow();
      if (named !== null) return await this.#begin('The session', named, 'open');
      if (last === null) return false;
      if (!crashed) return await this.#begin('The kept window', last, 'kept');
      this.bench.notices.show(
        'window',
        {
          code: 'crashed-restoring',
          message: 'The last start ended while it brought the window back, so this one begins afresh.',
          hint: 'What was there is kept until you change something for longer than a few seconds.',
        },
        { label: 'Bring it back', run: () => void this.#begin('The kept window', last, 'kept') },
      );
    } catch (error) {
      this.bench.notices.show('window', toApiError(error));
    }
    return false;
  }

  /** Writes what waits to be written; for the moment when the page goes away. */
  flush(): void {
    if (this.#timer !== null) void this.#keep(true);
  }

  async #begin(name: string, text: string, kind: 'open' | 'kept'): Promise<boolean> {
    try {
      await this.api.setRestoring(true);
      await this.open(name, text);
      return true;
    } catch (error) {
      this.bench.notices.show('window', await this.#told(error, kind));
      return false;
    } finally {
      await this.api.setRestoring(false).catch(() => undefined);
    }
  }

  /** A kept window that can't be opened is set aside, so that the next start does not try it again. */
  async #told(error: unknown, kind: 'open' | 'kept'): Promise<ApiError> {
    const told = toApiError(error);
    if (kind === 'open') return told;
    try {
      await this.api.setWindowAside();
      const hint = 'It is set aside as “window.headgate.broken” in the folder of settings.';
      return { code: told.code, message: told.message, hint };
    } catch {
      return told;
    }
  }

  async #restore(work: () => Promise<void>): Promise<void> {
    this.#restoring += 1;
    try {
      await work();
    } finally {
      this.#restoring -= 1;
      this.#present = screenful(this.bench);
    }
  }

  #keepSoon(): void {
    this.#timer ??= setTimeout(() => void this.#keep(false), AUTOSAVE_MILLISECONDS);
  }

  async #keep(last: boolean): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (!this.#isKeeping || this.isRestoring) return;
    const text = this.text();
    if (text === this.#kept) return;
    try {
      await this.api.keepWindow(text, last);
      this.#kept = text;
    } catch (error) {
      if (!last) this.bench.notices.show('window', toApiError(error));
    }
  }
}
