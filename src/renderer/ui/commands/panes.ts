import { stepRegion } from '../regions.ts';
import type { Command } from './command.ts';

export const paneCommands: readonly Command[] = [
  {
    id: 'pane.split-right',
    title: 'Split pane to the right',
    menu: 'Panes',
    shortcut: 'Mod+\\',
    when: ({ layout }) => layout.canSplit,
    run: ({ layout }) => layout.split(layout.active, 'row'),
  },
  {
    id: 'pane.split-down',
    title: 'Split pane downwards',
    menu: 'Panes',
    shortcut: 'Mod+Shift+\\',
    when: ({ layout }) => layout.canSplit,
    run: ({ layout }) => layout.split(layout.active, 'column'),
  },
  {
    id: 'pane.close',
    title: 'Close pane',
    menu: 'Panes',
    shortcut: 'Alt+W',
    when: ({ layout }) => layout.canClose,
    run: ({ layout }) => layout.close(layout.active),
  },
  {
    id: 'pane.maximise',
    title: 'Maximise or restore the pane',
    menu: 'Panes',
    shortcut: 'Alt+Enter',
    words: 'fill window zoom',
    when: ({ layout }) => layout.canClose,
    run: ({ layout }) => {
      layout.maximised = !layout.maximised;
    },
  },
  {
    id: 'pane.next',
    title: 'Next pane',
    menu: 'Panes',
    when: ({ layout }) => layout.canClose,
    run: ({ layout }) => layout.step(1),
  },
  {
    id: 'pane.previous',
    title: 'Previous pane',
    menu: 'Panes',
    when: ({ layout }) => layout.canClose,
    run: ({ layout }) => layout.step(-1),
  },
  {
    id: 'window.next-region',
    title: 'Next part of the window',
    menu: 'Panes',
    shortcut: 'F6',
    words: 'focus region pane toolbar inspector tokens',
    run: () => stepRegion(1),
  },
  {
    id: 'window.previous-region',
    title: 'Previous part of the window',
    menu: 'Panes',
    shortcut: 'Shift+F6',
    words: 'focus region pane toolbar inspector tokens',
    run: () => stepRegion(-1),
  },
  {
    id: 'pane.reset',
    title: 'Reset layout',
    menu: 'Panes',
    words: 'default panes',
    run: ({ layout }) => layout.reset(),
  },
];
