import type { Workbench } from '../../state/window/workbench.svelte.ts';
import type { Command } from './command.ts';

const hasAttention = ({ session }: Workbench) => (session.run?.attention.length ?? 0) > 0;

export const viewCommands: readonly Command[] = [
  {
    id: 'window.commands',
    title: 'All commands…',
    menu: 'View',
    shortcut: 'Mod+K',
    words: 'palette search',
    run: (workbench) => {
      workbench.palette = workbench.palette === null ? 'all' : null;
    },
  },
  {
    id: 'view.choose',
    title: 'Show a view…',
    menu: 'View',
    shortcut: 'Mod+Shift+V',
    words: 'pane change',
    when: ({ fitting }) => fitting.length > 0,
    run: (workbench) => {
      workbench.palette = 'views';
    },
  },
  {
    id: 'view.figure',
    title: 'Save a figure…',
    menu: 'View',
    shortcut: 'Mod+Shift+F',
    words: 'export svg pdf png picture image copy clipboard paper',
    when: ({ opened, layout, assigned }) =>
      opened.instance(layout.active, assigned.get(layout.active) ?? null)?.drawing !== undefined,
    run: (workbench) => {
      workbench.figure = workbench.layout.active;
    },
  },
  {
    id: 'window.engine',
    title: 'Engine…',
    menu: 'View',
    shortcut: 'Mod+Shift+E',
    words: 'gpu device adapter profile kernels timings tuning autotuner memory peaks performance',
    run: (workbench) => {
      workbench.engine = !workbench.engine;
    },
  },
  {
    id: 'window.theme',
    title: 'Theme: switch between dark and light',
    menu: 'View',
    shortcut: 'Mod+Shift+L',
    words: 'colours toggle',
    run: ({ settings }) => settings.setTheme(settings.resolvedTheme === 'dark' ? 'light' : 'dark'),
  },
  {
    id: 'window.theme-system',
    title: 'Theme: follow the system',
    menu: 'View',
    words: 'dark light automatic',
    when: ({ settings }) => settings.theme !== 'system',
    run: ({ settings }) => settings.setTheme('system'),
  },
  {
    id: 'window.rail',
    title: 'Show or hide the library',
    menu: 'View',
    shortcut: 'Mod+B',
    words: 'left side bar toggle rail',
    run: ({ panels }) => panels.toggle('rail'),
  },
  {
    id: 'window.inspector',
    title: 'Show or hide the inspector',
    menu: 'View',
    shortcut: 'Mod+I',
    words: 'right side bar toggle',
    run: ({ panels }) => panels.toggle('inspector'),
  },
  {
    id: 'attention.log',
    title: 'Attention: log scale on or off',
    menu: 'View',
    shortcut: 'L',
    when: hasAttention,
    run: ({ display }) => {
      display.log = !display.log;
    },
  },
  {
    id: 'attention.first-token',
    title: 'Show or hide the first token',
    menu: 'View',
    shortcut: 'F',
    words: 'attention sink special bos trajectory',
    when: ({ session }) => session.run !== null,
    run: ({ display }) => {
      display.hideFirst = !display.hideFirst;
    },
  },
  {
    id: 'attention.fit',
    title: 'Attention: scale to the largest weight, or to 1',
    menu: 'View',
    shortcut: 'M',
    words: 'colour maximum contrast dark',
    when: hasAttention,
    run: ({ display }) => {
      display.fit = !display.fit;
    },
  },
];
