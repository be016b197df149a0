import type { Settings } from './settings.svelte.ts';

type Panel = 'rail' | 'inspector';

/** CSS pixels of a window that has room for both panels beside the panes; at 200 % of 1280 there are 640. */
const ROOMY = 860;

/** The panels at the sides: beside the panes where there is room, else one of them over the panes while it is wanted. */
export class Panels {
  /** Of the window, CSS pixels; its elements tell. */
  width = $state(ROOMY);
  #over = $state.raw<Panel | null>(null);

  constructor(private readonly settings: Pick<Settings, Panel | 'setRail' | 'setInspector'>) {}

  /** Panels lie over the panes. */
  get areOver(): boolean {
    return this.width < ROOMY;
  }

  get rail(): boolean {
    return this.areOver ? this.#over === 'rail' : this.settings.rail;
  }

  get inspector(): boolean {
    return this.areOver ? this.#over === 'inspector' : this.settings.inspector;
  }

  toggle(panel: Panel): void {
    if (this.areOver) this.#over = this.#over === panel ? null : panel;
    else if (panel === 'rail') this.settings.setRail(!this.rail);
    else this.settings.setInspector(!this.inspector);
  }

  /** The panes are wanted again. */
  leave(): void {
    this.#over = null;
  }
}
