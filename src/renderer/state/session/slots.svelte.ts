import type { AppState, ModelDetail } from '../../../common/contract.ts';
import { toApiError } from '../../../common/error.ts';
import type { Api } from '../../api.ts';
import type { Texts } from '../../text/cut.ts';
import type { Backend } from '../device/backend.ts';
import { WindowDevice } from '../device/window-device.svelte.ts';
import type { Notices } from '../window/notices.svelte.ts';
import type { Selection } from '../window/selection.svelte.ts';
import type { Settings } from '../window/settings.svelte.ts';
import { LETTERS, type Letter } from './letters.ts';
import type { Phase } from './session-state.ts';
import { Shelf } from './shelf.svelte.ts';
import { SharedWeights } from './shared-weights.ts';
import { Slot } from './slot.svelte.ts';
import type { LinkedText, SlotWindow } from './slot-window.ts';

/** What the window waits for most. */
const MOST_WAITED: readonly Phase[] = ['starting', 'loading', 'running', 'error', 'ready'];

/** The slots of a window, one to four, and what they have in common: the GPU, the library, the linked text. */
export class Slots implements SlotWindow {
  app = $state.raw<AppState | null>(null);
  list = $state.raw<readonly Slot[]>([]);
  /** The slot that the top bar, the strip and the inspector follow. */
  active = $state.raw<Slot>() as Slot;
  isStarted = $state(false);
  /** Asks the user where the model of a slot is; set by what has dialogs. */
  pointAt: SlotWindow['pointAt'] = () => undefined;
  readonly device: WindowDevice;
  readonly shelf: Shelf;
  readonly weights: SharedWeights;

  constructor(
    readonly api: Api,
    backend: Backend,
    readonly settings: Settings,
    readonly selection: Selection,
    readonly notices: Notices,
  ) {
    this.device = new WindowDevice(backend, settings, notices, () => this.list, this.#runner());
    this.shelf = new Shelf(api);
    this.weights = new SharedWeights(backend);
    this.active = new Slot('A', this);
    this.list = [this.active];
  }

  /** What the window waits for, in any slot. */
  get phase(): Phase {
    const phases = this.list.map(({ phase }) => phase);
    return MOST_WAITED.find((phase) => phases.includes(phase)) ?? 'ready';
  }

  /** GPU bytes held now. */
  get bytes(): number {
    return this.device.bytes;
  }

  get canAdd(): boolean {
    return this.list.length < LETTERS.length;
  }

  find(letter: string): Slot | null {
    return this.list.find((slot) => slot.letter === letter) ?? null;
  }

  /** The slot of a letter; the active one when there is none (any more). */
  of(letter: string): Slot {
    return this.find(letter) ?? this.active;
  }

  /** The letter after one, round at the end. */
  next(letter: string): Letter {
    const at = this.list.findIndex((slot) => slot.letter === letter);
    return (this.list[(at + 1) % this.list.length] ?? this.active).letter;
  }

  /**
   * Opens the GPU, reads the library and opens what the host names.
   * @param restore brings the window back as it was; false: there was nothing to bring back
   * @param beside opens a further model
   */
  async start(
    state: Promise<AppState>,
    restore: (state: AppState) => Promise<boolean> = () => Promise.resolve(false),
    beside: (id: string) => Promise<void> = () => Promise.resolve(),
  ): Promise<void> {
    this.device.open();
    try {
      const [app] = await Promise.all([state, this.shelf.read()]);
      this.app = app;
      if (app.settingsNote !== undefined) this.notices.show('settings', app.settingsNote);
      if (!(await restore(app)) && app.startModel !== null) {
        const opened = this.active.openById(app.startModel);
        this.isStarted = true;
        await opened;
        for (const id of app.besideModels) await beside(id);
      }
      if (app.startError !== null) this.active.notices.fail('open', app.startError);
    } catch (error) {
      this.active.notices.fail('open', error);
    }
    await this.device.ready.catch(() => undefined);
    this.isStarted = true;
  }

  /** A further slot, empty; null when there are four. */
  add(letter: Letter | null = null): Slot | null {
    const taken = this.list.map((slot) => slot.letter);
    const free = letter ?? LETTERS.find((one) => !taken.includes(one));
    if (free === undefined || taken.includes(free)) return null;
    const slot = new Slot(free, this);
    this.list = [...this.list, slot].toSorted((a, b) => a.letter.localeCompare(b.letter));
    return slot;
  }

  /** Closes a slot and gives back what it holds; the last one stays. */
  async close(slot: Slot): Promise<void> {
    if (this.list.length < 2) return;
    const at = this.list.indexOf(slot);
    this.list = this.list.filter((other) => other !== slot);
    if (this.active === slot) this.active = this.list[Math.max(at - 1, 0)] ?? this.active;
    await slot.close();
  }

  /** Lets the host's folder dialog choose a model. @returns null: it was closed, or it is told why there is none */
  async pick(): Promise<ModelDetail | null> {
    try {
      return (await this.api.pick()).model;
    } catch (error) {
      this.notices.show('open', toApiError(error));
      // A folder of several models is none, and they are listed.
      await this.shelf.refresh();
      return null;
    }
  }

  /** Takes a model out of the library; one that is open stays open. */
  async forget(id: string): Promise<void> {
    try {
      await this.shelf.forget(id);
    } catch (error) {
      this.notices.show('open', toApiError(error));
    }
  }

  textFor(slot: LinkedText): Texts | null {
    const other = this.list.find((one) => one !== slot && one.linked && one.model !== null);
    return other === undefined ? null : { text: other.text, pair: other.pair };
  }

  share(slot: LinkedText, texts: Texts): void {
    for (const other of this.list) if (other !== slot && other.linked) other.take(texts);
  }

  /** What the engine measures: the active slot. */
  #runner(): ConstructorParameters<typeof WindowDevice>[4] {
    const active = () => this.active;
    const phase = () => this.phase;
    return {
      get run() {
        return active().run;
      },
      get phase() {
        return phase();
      },
      measure: (profile) => active().measure(profile),
    };
  }
}
