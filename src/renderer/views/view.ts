/** The contract of views: what a view is, what it is given, and what the shell asks of it. */
import type { Component } from 'svelte';
import type { ModelSummary } from '../../common/contract.ts';
import type { Drawing as TokenDrawing } from '../analysis/tempered.ts';
import type { AttentionDisplay } from '../common/attention-display.svelte.ts';
import type { Json } from '../common/saved.ts';
import type { Table } from '../common/table.ts';
import type { Theme } from '../common/theme.svelte.ts';
import type { Drawing, DrawingSize } from '../drawing/drawing.ts';
import type { ReadingModel } from '../models/repeated-random.ts';
import type { DecodeOptions } from '../runs/run-input.ts';
import type { Run } from '../runs/run.ts';
import type { Selection } from '../state/window/selection.svelte.ts';
import type { ViewSetting } from './settings.ts';

/** One way to look at a run. `registry.ts` finds it in its folder; the shell offers those that fit, best first. */
export interface ViewDefinition {
  /** kebab-case and stable: it stands in documents and on command lines. */
  readonly id: string;
  readonly title: string;
  /** One line for the palette and the empty state. */
  readonly description: string;
  readonly icon: Component;
  /** Views that fit a run equally well stand in this order, the least first. */
  readonly rank: number;
  /** What may be given by name, such as `--layer 3` on a command line: a top-level key of the state that `save` gives. */
  settings(run: Run): readonly ViewSetting[];
  /** How well the view fits the run: 0 not at all, 1 made for it. */
  score(run: Run): number;
  /** The view's code, loaded when it is first opened. */
  load(): Promise<ViewModule>;
}

/** The code of a view. */
export interface ViewModule {
  /** @param saved what `save` of such a view gave once; anything in it may be missing or wrong; null: nothing */
  create(context: ViewContext, saved: Json | null): ViewInstance;
  /** Shows what `create` of the same module made. */
  readonly default: Component<{ view: never }>;
}

/**
 * A view in a pane: its state, what it computes and what it says. It outlives its elements: a lost device, a pane that
 * moves and a new run leave it as it is.
 */
export interface ViewInstance {
  /** One sentence for people who do not see the picture: what is shown, or what is looked at; reactive. */
  readonly spoken: string;
  /** What can be done in the view, beside what every view can; reactive. */
  readonly commands?: readonly ViewCommand[];
  /** What the user arranged (not what was computed), as data. */
  save(): Json;
  /**
   * Goes to a state that `save` gave, here or elsewhere; what is missing or wrong in it stays as it is.
   * @param how `animate`: cameras and scales move there, unless motion is unwelcome; resolves when they are there
   */
  show(state: Json, how?: { readonly animate?: boolean; readonly signal?: AbortSignal }): Promise<void>;
  /** What is shown as shapes and text, computed for this size. @throws what can't be computed */
  drawing?(size: DrawingSize): Promise<Drawing>;
  /** The numbers behind the picture, exact and whole whatever the size. @throws what can't be computed */
  table?(): Promise<Table>;
  /** Ends the work that is under way and gives everything back. */
  close(): void;
}

/** One thing that can be done in a view: the palette, the keys and the help are made of these. */
export interface ViewCommand {
  /** Stable within the view: `zoom-in`. */
  readonly id: string;
  readonly title: string;
  /** As of the window's commands, of which none may have the same; it counts while the view's pane is active. */
  readonly shortcut?: string;
  /** Words that the palette finds it by beside its title. */
  readonly words?: string;
  /** False: nothing to do now. Left out: always true. */
  when?(): boolean;
  run(): void | Promise<void>;
}

/** What the shell gives to a view. All of it is reactive; a view imports no state of the window. */
export interface ViewContext {
  readonly run: Run;
  /** The run holds NaN or infinities somewhere: legends name the colour of such cells. */
  readonly invalid: boolean;
  /** The runs of all slots that have one, in the order of their letters: for views that set models side by side. */
  readonly slots: readonly SlotRun[];
  readonly selection: ViewSelection;
  /** How attention is shown, the same in every pane. */
  readonly display: AttentionDisplay;
  /** The window's colours as numbers, for what is drawn on a canvas. */
  readonly theme: Pick<Theme, 'ground' | 'colour'>;
  /** Id of the pane. */
  readonly pane: string;
  /** `presented`: for a room; nothing that carries the point is under 24 px then. */
  readonly size: 'window' | 'presented';
  readonly decoding: ViewDecoding;
  readonly sampling: ViewSampling;
  readonly models: ViewModels;
  readonly model: ViewModel;
  /** Shows another view of the same run, in a pane beside or in the one that has it. @param state what it is to show */
  open(view: string, state?: Json): void;
}

/** The model behind the run, for what is asked of it beside the run. */
interface ViewModel {
  /**
   * Works with the model behind what it is doing now.
   * @throws what `use` throws; the signal's reason; AbortError when no model is open
   */
  use<Result>(use: (model: ReadingModel) => Promise<Result>, signal: AbortSignal): Promise<Result>;
}

/** A run with the slot that it is of. */
export interface SlotRun {
  readonly letter: string;
  readonly run: Run;
}

/** What is looked at and locked, linked in all panes. */
type ViewSelection = Pick<
  Selection,
  | 'hovered'
  | 'locked'
  | 'current'
  | 'head'
  | 'wantsHead'
  | 'propose'
  | 'lookedHead'
  | 'hover'
  | 'toggle'
  | 'lock'
  | 'clear'
>;

/** How the run's output was found, and may be found otherwise: the run follows. */
interface ViewDecoding {
  readonly options: DecodeOptions;
  set(options: DecodeOptions): void;
}

/** How the model behind the run draws what it writes. */
export interface ViewSampling {
  readonly choice: TokenDrawing;
  /** What is written from now on is drawn so. */
  setTemperature(temperature: number): void;
  /** Index of the first token that was written behind the prompt; null: nothing was. */
  readonly written: number | null;
}

/** The library's other models, with the same text. */
export interface ViewModels {
  /** Models that read (or translate) a text as one does, besides it. */
  othersThan(id: string): readonly ModelSummary[];
  /** Runs the text on another model, beside the one that is open. @throws what can't be loaded or run; the signal's reason */
  run<Result>(
    id: string,
    text: string,
    use: (run: Run) => Promise<Result>,
    signal: AbortSignal,
  ): Promise<Result>;
}
