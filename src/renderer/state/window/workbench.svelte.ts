import type { SessionSummary } from '../../../common/contract.ts';
import type { Api } from '../../api.ts';
import type { Json } from '../../common/saved.ts';
import { AttentionDisplay } from '../../common/attention-display.svelte.ts';
import { Theme } from '../../common/theme.svelte.ts';
import type { ViewDefinition } from '../../views/view.ts';
import type { Backend } from '../device/backend.ts';
import { Checksums } from '../document/checksums.svelte.ts';
import { Documents } from '../document/documents.svelte.ts';
import { Steps } from '../document/steps.svelte.ts';
import { Layout } from '../document/layout.svelte.ts';
import { assignViews, DEFAULT_LAYOUT, panes } from '../document/layout.ts';
import { Comparison } from '../session/comparison.ts';
import type { Masking, Stretch } from '../session/masking.svelte.ts';
import { Notices } from './notices.svelte.ts';
import { Panels } from './panels.svelte.ts';
import type { SecondText } from '../session/second-text.svelte.ts';
import { OpenViews, type Surroundings } from './open-views.svelte.ts';
import type { Selection } from './selection.svelte.ts';
import type { SlotSelection } from '../session/slot-selection.ts';
import type { Slot } from '../session/slot.svelte.ts';
import { Slots } from '../session/slots.svelte.ts';
import { Settings } from './settings.svelte.ts';
import type { Writing } from '../session/writing.svelte.ts';

/** A view with a lower score suits a run badly. */
const SUITS = 0.4;

/** What the palette lists: everything, or one kind of thing. */
export type PaletteScope = 'all' | 'models' | 'beside' | 'views' | 'sessions';

/** Everything that the window's parts and its commands work with. */
export class Workbench {
  readonly notices = new Notices();
  readonly settings: Settings;
  readonly slots: Slots;
  readonly layout: Layout;
  readonly panels: Panels;
  /** The views of the panes. */
  readonly opened: OpenViews;
  /** The window as data: kept, undone, saved. */
  readonly documents: Documents;
  readonly steps: Steps = new Steps(this);
  readonly checksums = new Checksums();
  /** How attention is shown. */
  readonly display = new AttentionDisplay();
  /** The window's colours. */
  readonly theme = new Theme();
  /** What an opened document holds that this version does not know. */
  unknown: Readonly<Record<string, unknown>> = {};
  /** The sessions that are kept, as last listed. */
  sessions = $state.raw<readonly SessionSummary[]>([]);
  /** The name of a session is asked for. */
  saving = $state(false);
  /** The list of steps is shown. */
  stepsShown = $state(false);
  palette = $state.raw<PaletteScope | null>(null);
  help = $state(false);
  /** The engine's panel is shown. */
  engine = $state(false);
  /** The pane that a figure is being made of; null: none. */
  figure = $state.raw<string | null>(null);
  /** The model's config is shown. */
  config = $state(false);
  /** The dialog with what was read of the model's files is open. */
  report = $state(false);
  /** The dialog with the model's tensors is open. */
  tensors = $state(false);
  /** Lower edge of the text field while it is grown over what is below it, in CSS pixels of the window; null: it is not. */
  fieldBottom = $state<number | null>(null);
  /** Puts the cursor into the text field; set by the field. */
  focusText: () => void = () => undefined;
  /** What is selected in the text field, or where its cursor is; set by the field. */
  cursor: () => Stretch = () => [this.session.text.length, this.session.text.length];

  constructor(
    api: Api,
    backend: Backend,
    /** The window's selection, whose places name their slots. */
    readonly selected: Selection,
    readonly views: readonly ViewDefinition[],
  ) {
    this.settings = new Settings(api, this.notices);
    this.panels = new Panels(this.settings);
    this.slots = new Slots(api, backend, this.settings, selected, this.notices);
    this.layout = new Layout(
      (tree) => this.settings.setLayout(tree),
      () => this.assigned,
    );
    this.opened = new OpenViews(this.#surroundings());
    this.documents = new Documents(this, api);
  }

  #surroundings(): Surroundings {
    const size = () => (this.steps.presenting ? 'presented' : 'window');
    const slots = () => this.slots.list.flatMap(({ letter, run }) => (run === null ? [] : [{ letter, run }]));
    return {
      run: (pane) => this.slotOf(pane).run,
      selection: (pane) => this.slotOf(pane).selection,
      decoding: (pane) => this.slotOf(pane).decoding,
      sampling: (pane) => this.slotOf(pane).writing.sampling,
      invalid: (pane) => this.slotOf(pane).invalid.isFound,
      display: this.display,
      theme: this.theme,
      get size() {
        return size();
      },
      get slots() {
        return slots();
      },
      models: new Comparison(this),
      model: (pane) => ({ use: (use, signal) => this.slotOf(pane).withModel(use, signal) }),
      open: (pane, view, state) => this.#openFrom(pane, view, state),
    };
  }

  /** The active slot. */
  get session(): Slot {
    return this.slots.active;
  }

  /** What is looked at, in the active slot's tokens. */
  get selection(): SlotSelection {
    return this.session.selection;
  }

  get writing(): Writing {
    return this.session.writing;
  }

  get masking(): Masking {
    return this.session.masking;
  }

  get secondText(): SecondText {
    return this.session.secondText;
  }

  /** Views that fit the active slot's run, best first; those that fit equally well stay in the registry's order. */
  readonly fitting: readonly ViewDefinition[] = $derived(this.fittingOf(this.session));

  /** Views that fit a slot's run, best first. @param least a view with this score or a lower one is left out */
  fittingOf({ run }: Slot, least = 0): readonly ViewDefinition[] {
    if (run === null) return [];
    return this.views
      .map((view) => ({ view, score: view.score(run) }))
      .filter(({ score }) => score > least)
      .sort((a, b) => b.score - a.score)
      .map(({ view }) => view);
  }

  /** The view of every pane. Until the user arranges them, no pane shows what suits the run badly. */
  readonly assigned: ReadonlyMap<string, string | null> = $derived.by(() => {
    const ranked = Object.fromEntries(
      this.slots.list.map((slot) => {
        const suiting = this.layout.tree === DEFAULT_LAYOUT ? this.fittingOf(slot, SUITS) : [];
        const views = suiting.length > 0 ? suiting : this.fittingOf(slot);
        return [slot.letter, views.map(({ id }) => id)];
      }),
    );
    return assignViews(this.layout.tree, (slot) => ranked[slot] ?? []);
  });

  /** The slot that a pane shows. */
  slotOf(pane: string): Slot {
    const slot = panes(this.layout.tree).find(({ id }) => id === pane)?.slot;
    return slot === undefined ? this.session : this.slots.of(slot);
  }

  /** Lets a pane show the slot after the one that it shows, which becomes the active one. */
  cycleSlot(pane: string): void {
    const next = this.slots.next(this.slotOf(pane).letter);
    this.layout.setSlot(pane, next);
    this.layout.active = pane;
    this.slots.active = this.slots.of(next);
  }

  /** Makes the pane of a view the active one; a view that no pane shows gets one below the active pane. */
  reveal(view: string): void {
    const isOfActive = (pane: string) => this.slotOf(pane) === this.session;
    const [pane] = [...this.assigned].find(([id, shown]) => shown === view && isOfActive(id)) ?? [];
    const { layout } = this;
    if (pane !== undefined) layout.active = pane;
    else if (layout.canSplit) layout.split(layout.active, 'column', view);
    else layout.show(layout.active, view);
  }

  /** Shows a view of a pane's slot: where it is shown already, else beside the pane. */
  #openFrom(from: string, view: string, state?: Json): void {
    if (this.view(view) === null) return;
    this.slots.active = this.slotOf(from);
    this.layout.active = from;
    this.reveal(view);
    if (state !== undefined) void this.opened.restore(this.layout.active, view, state);
  }

  /** A view by its id. */
  view(id: string | null): ViewDefinition | null {
    return this.views.find((view) => view.id === id) ?? null;
  }
}
