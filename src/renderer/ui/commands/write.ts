import type { Command } from './command.ts';

export const writeCommands: readonly Command[] = [
  {
    id: 'text.mask',
    title: 'Mask the locked token, or put a mask at the cursor',
    menu: 'Select',
    shortcut: 'Alt+M',
    words: 'hide word fill predict [MASK] <mask> cloze',
    when: ({ masking }) => masking.token !== null,
    run: ({ masking, cursor }) => masking.mask(cursor()),
  },
  {
    id: 'write.go-on',
    title: 'Write: go on',
    menu: 'Select',
    shortcut: 'Alt+G',
    words: 'generate continue translate text tokens',
    when: ({ session, writing }) => writing.kind !== null && !session.generating,
    run: ({ writing }) => writing.write(),
  },
  {
    id: 'write.step',
    title: 'Write: one token',
    menu: 'Select',
    shortcut: 'Alt+S',
    words: 'generate next step',
    when: ({ session, writing }) => writing.kind !== null && !session.generating,
    run: ({ writing }) => writing.step(),
  },
  {
    id: 'write.beams',
    title: 'Write: show the beams',
    menu: 'Select',
    shortcut: 'Alt+B',
    words: 'search hypotheses tree translate',
    when: ({ writing }) => writing.beams > 1,
    run: (workbench) => workbench.reveal('beams'),
  },
  {
    id: 'write.reset',
    title: 'Write: back to the prompt',
    menu: 'Select',
    words: 'generate undo remove',
    when: ({ writing }) => writing.hasWritten,
    run: ({ writing }) => writing.reset(),
  },
];
