import type { Command } from './command.ts';

export const helpCommands: readonly Command[] = [
  {
    id: 'help.shortcuts',
    title: 'Keyboard shortcuts',
    menu: 'Help',
    shortcut: '?',
    words: 'keys help',
    run: (workbench) => {
      workbench.help = !workbench.help;
    },
  },
];
