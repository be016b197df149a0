import type { Slot } from '../../state/session/slot.svelte.ts';
import { keepEnd, longText, nextWindow } from '../../state/session/too-long.ts';
import type { Command } from './command.ts';

/** Where the window beside the present one begins; null: there is none. */
function windowBeside(session: Slot, direction: 1 | -1): number | null {
  const long = longText(session, session.encoding);
  return long === null ? null : nextWindow(long, direction);
}

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
    id: 'text.next-window',
    title: 'Text: next window',
    menu: 'Select',
    shortcut: 'Alt+PageDown',
    words: 'long too many tokens positions move through page',
    when: ({ session }) => windowBeside(session, 1) !== null,
    run: ({ session }) => session.setExcerpt(windowBeside(session, 1)),
  },
  {
    id: 'text.window-before',
    title: 'Text: window before',
    menu: 'Select',
    shortcut: 'Alt+PageUp',
    words: 'long too many tokens positions move through page back',
    when: ({ session }) => windowBeside(session, -1) !== null,
    run: ({ session }) => session.setExcerpt(windowBeside(session, -1)),
  },
  {
    id: 'text.keep-first',
    title: 'Text: keep its first tokens',
    menu: 'Select',
    words: 'long too many cut shorten truncate end',
    when: ({ session }) => longText(session, session.encoding) !== null,
    run: ({ session }) => keepEnd(session, 'first', session.model?.loaded.maxTokens ?? 0),
  },
  {
    id: 'text.keep-last',
    title: 'Text: keep its last tokens',
    menu: 'Select',
    words: 'long too many cut shorten truncate beginning',
    when: ({ session }) => longText(session, session.encoding) !== null,
    run: ({ session }) => keepEnd(session, 'last', session.model?.loaded.maxTokens ?? 0),
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
    id: 'write.chat',
    title: 'Text: as a chat message, or as it is',
    menu: 'Select',
    words: 'template user instruct prompt conversation',
    when: ({ session }) => session.chat.isPossible,
    run: ({ session }) => session.chat.set(!session.chat.isOn),
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
