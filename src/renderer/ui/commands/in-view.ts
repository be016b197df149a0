import type { Workbench } from '../../state/window/workbench.svelte.ts';
import type { Command } from './command.ts';

/** What can be done in the view of the active pane; its keys count while that pane is the active one. */
export function inViewCommands(workbench: Workbench): readonly Command[] {
  const { layout, assigned, opened } = workbench;
  const id = assigned.get(layout.active) ?? null;
  const commands = opened.instance(layout.active, id)?.commands ?? [];
  const name = workbench.view(id)?.title ?? '';
  return commands.map(({ id: own, title, shortcut, words, when, run }) => ({
    id: `view.in.${own}`,
    title: `${name}: ${title}`,
    menu: 'View',
    ...(shortcut === undefined ? {} : { shortcut }),
    ...(words === undefined ? {} : { words }),
    when: () => when?.() ?? true,
    run: () => run(),
  }));
}
