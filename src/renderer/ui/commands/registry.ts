import { toApiError } from '../../../common/error.ts';
import type { Workbench } from '../../state/window/workbench.svelte.ts';
import { changeCommands } from './change.ts';
import { MENUS, type Command } from './command.ts';
import { fileCommands } from './file.ts';
import { helpCommands } from './help.ts';
import { inViewCommands } from './in-view.ts';
import { paneCommands } from './panes.ts';
import { selectCommands } from './select.ts';
import { accelerator, isOfText, isPlain, matches } from '../../common/shortcuts.ts';
import { sessionCommands } from './sessions.ts';
import { stepCommands } from './steps.ts';
import { besideCommands, slotCommands } from './slots.ts';
import { viewCommands } from './view.ts';
import { writeCommands } from './write.ts';

/** Every command that is always there, in the order of the menus. */
export const commands: readonly Command[] = [
  ...fileCommands,
  ...sessionCommands,
  ...stepCommands,
  ...viewCommands,
  ...paneCommands,
  ...slotCommands,
  ...selectCommands,
  ...writeCommands,
  ...changeCommands,
  ...helpCommands,
].toSorted((a, b) => MENUS.indexOf(a.menu) - MENUS.indexOf(b.menu));

/** One command for each view that fits the run: it shows the view in the active pane. */
export function showCommands({ fitting }: Workbench): readonly Command[] {
  return fitting.map(({ id, title, description }) => ({
    id: `view.show.${id}`,
    title: `View: ${title}`,
    menu: 'View',
    words: description,
    run: ({ layout }) => layout.show(layout.active, id),
  }));
}

/** One command for each model of the library. */
export function modelCommands({ slots, session }: Workbench): readonly Command[] {
  return slots.shelf.models.map(({ id, name, modelType, source, place }) => ({
    id: `model.open.${id}`,
    title: place === undefined ? `Open ${name}` : `Open ${name} (${place})`,
    menu: 'File',
    words: `model ${modelType ?? ''} ${source}`,
    run: () => session.openById(id),
  }));
}

/** What can be done now, for the palette and the menus. */
export function offered(workbench: Workbench): readonly Command[] {
  return [
    ...commands,
    ...inViewCommands(workbench),
    ...showCommands(workbench),
    ...modelCommands(workbench),
    ...besideCommands(workbench),
  ]
    .filter((command) => command.when?.(workbench) ?? true)
    .map((command) => ({ ...command, title: titleOf(command, workbench) }));
}

/** What a command is called now. */
export function titleOf({ title, named, when }: Command, workbench: Workbench): string {
  return named === undefined || when?.(workbench) === false ? title : named(workbench);
}

/** Runs a command; what it throws is shown as every other error is. */
export async function perform(command: Command, workbench: Workbench): Promise<void> {
  if (command.when?.(workbench) === false) return;
  try {
    await command.run(workbench);
  } catch (error) {
    workbench.notices.show('command', toApiError(error));
  }
}

/** Runs a command by its id, such as one that was chosen in the native menu. */
export async function performById(id: string, workbench: Workbench): Promise<void> {
  const command = offered(workbench).find((other) => other.id === id);
  if (command !== undefined) await perform(command, workbench);
}

type Keys = Parameters<typeof matches>[1];

/**
 * The command of a key event, if it can be run now. Plain keys and undo are left to whoever types: a text field, or a
 * dialog.
 */
export function commandOf(event: Keys, typing: boolean, workbench: Workbench): Command | null {
  const found = [...commands, ...inViewCommands(workbench)].find(
    ({ shortcut }) => shortcut !== undefined && !(typing && isOfText(shortcut)) && matches(shortcut, event),
  );
  return found === undefined || found.when?.(workbench) === false ? null : found;
}

/** Electron's native menu; plain keys are not shown there, since the system might take them for its own. */
export function nativeMenu(workbench: Workbench) {
  return [...commands, ...inViewCommands(workbench), ...showCommands(workbench)].map((command) => ({
    id: command.id,
    label: titleOf(command, workbench),
    menu: command.menu,
    accelerator:
      command.shortcut === undefined || isPlain(command.shortcut) ? null : accelerator(command.shortcut),
  }));
}
