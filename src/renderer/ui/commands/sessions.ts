import {
  exportSession,
  listSessions,
  openSession,
  openSessionFile,
  pickSession,
  saveAgain,
} from '../../state/document/sessions.ts';
import type { Workbench } from '../../state/window/workbench.svelte.ts';
import { chooseSession } from '../sessions/choose-session.ts';
import type { Command } from './command.ts';

const openFile: Command = {
  id: 'session.open-file',
  title: 'Open a session’s file…',
  menu: 'File',
  words: 'import headgate document',
  async run(workbench) {
    if (workbench.slots.app?.capabilities.sessionFiles === true) {
      await pickSession(workbench);
      return;
    }
    const file = await chooseSession();
    if (file !== null) await openSessionFile(workbench, file);
  },
};

export const sessionCommands: readonly Command[] = [
  {
    id: 'session.save',
    title: 'Save the session…',
    menu: 'File',
    shortcut: 'Mod+S',
    words: 'keep window document',
    async run(workbench) {
      if (!(await saveAgain(workbench))) workbench.saving = true;
    },
  },
  {
    id: 'session.save-as',
    title: 'Save the session under another name…',
    menu: 'File',
    shortcut: 'Mod+Shift+S',
    run(workbench) {
      workbench.saving = true;
    },
  },
  {
    id: 'session.open',
    title: 'Open a session…',
    menu: 'File',
    shortcut: 'Alt+O',
    words: 'recent kept document',
    async run(workbench) {
      await listSessions(workbench);
      workbench.palette = 'sessions';
    },
  },
  openFile,
  {
    id: 'session.export',
    title: 'Save the session as a file',
    menu: 'File',
    words: 'export headgate download document',
    run: exportSession,
  },
];

/** One command for each session that is kept, last saved first, and one for a file. */
export function openSessionCommands({ sessions }: Workbench): readonly Command[] {
  return [
    ...sessions.map(({ id, saved }): Command => ({
      id: `session.open.${id}`,
      title: `Open ${id}`,
      menu: 'File',
      words: `session ${new Date(saved).toISOString().slice(0, 10)}`,
      run: (workbench) => openSession(workbench, id),
    })),
    openFile,
  ];
}
