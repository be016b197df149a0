import type { Workbench } from '../../state/window/workbench.svelte.ts';

/** Titles of the menus, in the order in which they stand. */
export const MENUS = ['File', 'View', 'Panes', 'Slots', 'Select', 'Change', 'Help'] as const;
type Menu = (typeof MENUS)[number];

/** One thing that the user can do: the palette, the shortcuts and the menus are made of these. */
export interface Command {
  /** Stable: `pane.split-right`. */
  readonly id: string;
  readonly title: string;
  /** What it is called while it can be done, where that depends on the window. */
  named?(workbench: Workbench): string;
  readonly menu: Menu;
  /** `Mod+Shift+K`: Mod is Cmd on macOS and Ctrl elsewhere; keys are named as in KeyboardEvent.key. */
  readonly shortcut?: string;
  /** Words that the palette finds it by beside its title. */
  readonly words?: string;
  /** False: nothing to do now; the command is neither offered nor run. Left out: always true. */
  when?(workbench: Workbench): boolean;
  run(workbench: Workbench): void | Promise<void>;
}
