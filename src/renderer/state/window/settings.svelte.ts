import { MediaQuery } from 'svelte/reactivity';
import type { Settings as Stored } from '../../../common/contract.ts';
import type { Api } from '../../api.ts';
import { toApiError } from '../../../common/error.ts';
import { settingsChange } from '../../../common/settings-change.ts';
import { without } from '../../common/without.ts';
import type { Notices } from './notices.svelte.ts';

export type ThemeChoice = Stored['theme'];

/** What the window looked like. Everything in it may be missing or damaged: it comes from a file. */
interface WindowSettings {
  readonly layout: unknown;
  readonly rail: boolean;
  readonly inspector: boolean;
  /** Last text by model id, oldest first. */
  readonly texts: Readonly<Record<string, string>>;
  /** Models whose text is a chat message, by id. */
  readonly chats: readonly string[];
}

/** Changes that follow each other within this time are kept together, ms. */
const DEBOUNCE = 400;
/** As the host has it. */
const DEFAULT_MEMORY_MIB = 8192;
/** Texts are kept for this many models. */
const MOST_TEXTS = 64;

/** The user's choices, kept between starts through the host. Reading never fails: what is missing has a default. */
export class Settings {
  theme = $state<ThemeChoice>('system');
  readonly #systemIsLight = new MediaQuery('prefers-color-scheme: light', false);
  #stored: Stored | null = null;
  /** As the host has it, but for what other windows change. */
  #saved: Stored | null = null;
  #window = $state.raw<WindowSettings>({ layout: null, rail: true, inspector: true, texts: {}, chats: [] });
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(
    private readonly api: Pick<Api, 'settings' | 'changeSettings'>,
    private readonly notices: Notices,
  ) {}

  /** Reads what was kept; a host that can't say leaves the defaults and a notice. */
  async load(): Promise<void> {
    try {
      this.#stored = await this.api.settings();
      this.#saved = this.#stored;
      this.theme = this.#stored.theme;
      this.#window = parseWindow(this.#stored.window);
    } catch (error) {
      this.notices.show('settings', toApiError(error));
    }
  }

  /** The theme that is on screen. */
  get resolvedTheme(): 'dark' | 'light' {
    if (this.theme !== 'system') return this.theme;
    return this.#systemIsLight.current ? 'light' : 'dark';
  }

  /** GPU bytes that a run may keep beside its residual stream; undefined until the settings are read. */
  get activationBudget(): number | undefined {
    return this.#stored === null ? undefined : this.#stored.activationBudgetMiB * 2 ** 20;
  }

  /** GPU bytes that all models of the window may hold together. */
  get memoryBudget(): number {
    return (this.#stored?.memoryBudgetMiB ?? DEFAULT_MEMORY_MIB) * 2 ** 20;
  }

  /** What an adapter's kernels were tuned to, by its key; undefined: it was never tuned. */
  tuningOf(key: string): unknown {
    return this.#stored?.tuning[key];
  }

  /** Keeps what an adapter's kernels were tuned to; null: forgets it. */
  setTuning(key: string, choices: Readonly<Record<string, string>> | null): void {
    if (this.#stored === null) return;
    const others = without(this.#stored.tuning, key);
    this.#stored = { ...this.#stored, tuning: choices === null ? others : { ...others, [key]: choices } };
    this.#keep();
  }

  get layout(): unknown {
    return this.#window.layout;
  }

  get rail(): boolean {
    return this.#window.rail;
  }

  get inspector(): boolean {
    return this.#window.inspector;
  }

  textOf(model: string): string | null {
    return this.#window.texts[model] ?? null;
  }

  /** The text for this model is a chat message. */
  chatOf(model: string): boolean {
    return this.#window.chats.includes(model);
  }

  setTheme(theme: ThemeChoice): void {
    this.theme = theme;
    this.#keep();
  }

  setLayout(layout: unknown): void {
    this.#change({ layout });
  }

  setRail(rail: boolean): void {
    this.#change({ rail });
  }

  setInspector(inspector: boolean): void {
    this.#change({ inspector });
  }

  setText(model: string, text: string): void {
    if (this.textOf(model) === text) return;
    const others = Object.entries(this.#window.texts).filter(([id]) => id !== model);
    this.#change({ texts: Object.fromEntries([...others, [model, text]].slice(-MOST_TEXTS)) });
  }

  setChat(model: string, isChat: boolean): void {
    const others = this.#window.chats.filter((id) => id !== model);
    this.#change({ chats: isChat ? [...others, model].slice(-MOST_TEXTS) : others });
  }

  /** Writes what waits to be written; for the moment when the page goes away. */
  flush(): void {
    if (this.#timer !== null) void this.#save(true);
  }

  #change(change: Partial<WindowSettings>): void {
    this.#window = { ...this.#window, ...change };
    this.#keep();
  }

  #keep(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#save(false), DEBOUNCE);
  }

  async #save(last: boolean): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    // What could not be read must not be overwritten.
    if (this.#stored === null || this.#saved === null) return;
    const next = {
      ...this.#stored,
      theme: this.theme,
      window: { ...this.#stored.window, ...this.#window },
    };
    this.#stored = next;
    const change = settingsChange(this.#saved, next);
    if (change === null) return;
    try {
      await this.api.changeSettings(change, last);
      this.#saved = next;
    } catch (error) {
      if (!last) this.notices.show('settings', toApiError(error));
    }
  }
}

function parseWindow(stored: Readonly<Record<string, unknown>>): WindowSettings {
  const { layout, rail, inspector, texts, chats } = stored;
  const entries =
    typeof texts === 'object' && texts !== null
      ? Object.entries(texts).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
      : [];
  return {
    layout: layout ?? null,
    rail: typeof rail === 'boolean' ? rail : true,
    inspector: typeof inspector === 'boolean' ? inspector : true,
    texts: Object.fromEntries(entries),
    chats: Array.isArray(chats) ? chats.filter((id) => typeof id === 'string') : [],
  };
}
