import type { Workbench } from '../../state/window/workbench.svelte.ts';
import { sequenceOf, tokenOn } from '../../runs/place.ts';
import type { Command } from './command.ts';

const hasRun = ({ session }: Workbench) => session.run !== null;
const hasHeads = ({ session }: Workbench) => (session.run?.heads ?? 0) > 0;

/** Locks the token before or after the one that is looked at, in its sequence; without one the run's first or last. */
function stepToken({ session: { run }, selection }: Workbench, by: 1 | -1): void {
  if (run === null) return;
  const { locked, hovered } = selection;
  const looked = locked?.token === undefined ? hovered : locked;
  const side = looked?.token?.side ?? 'target';
  const last = sequenceOf(run, side).length - 1;
  if (last < 0) return;
  const at = tokenOn(looked, side) ?? (by === 1 ? -1 : last + 1);
  selection.lock({ ...locked, token: { side, index: Math.min(Math.max(at + by, 0), last) } });
}

/** Goes to the head or layer before or after, round at the ends. */
function stepHead(
  { session, selection }: Workbench,
  by: { readonly layer: number; readonly head: number },
): void {
  const { layers = 0, heads = 0 } = session.run ?? {};
  if (layers === 0 || heads === 0) return;
  const { layer, head } = selection.head;
  selection.head = { layer: (layer + by.layer + layers) % layers, head: (head + by.head + heads) % heads };
}

export const selectCommands: readonly Command[] = [
  {
    id: 'text.focus',
    title: 'Edit the text',
    menu: 'Select',
    shortcut: '/',
    words: 'input sentence type focus',
    run: (workbench) => workbench.focusText(),
  },
  {
    id: 'run.again',
    title: 'Run again',
    menu: 'Select',
    shortcut: 'Mod+Enter',
    words: 'repeat compute',
    when: ({ session }) => session.model !== null,
    run: ({ session }) => session.runAgain(),
  },
  {
    id: 'run.cancel',
    title: 'Stop the run',
    menu: 'Select',
    words: 'cancel abort',
    when: ({ session }) => session.running,
    run: ({ session }) => session.cancelRun(),
  },
  {
    id: 'select.clear',
    title: 'Let go of what is locked',
    menu: 'Select',
    shortcut: 'Escape',
    words: 'clear selection unlock',
    when: ({ selection }) => selection.locked !== null,
    run: ({ selection }) => selection.clear(),
  },
  {
    id: 'select.next-token',
    title: 'Next token',
    menu: 'Select',
    shortcut: 'ArrowRight',
    when: hasRun,
    run: (workbench) => stepToken(workbench, 1),
  },
  {
    id: 'select.previous-token',
    title: 'Previous token',
    menu: 'Select',
    shortcut: 'ArrowLeft',
    when: hasRun,
    run: (workbench) => stepToken(workbench, -1),
  },
  {
    id: 'select.next-head',
    title: 'Next head',
    menu: 'Select',
    shortcut: 'Shift+ArrowRight',
    when: hasHeads,
    run: (workbench) => stepHead(workbench, { layer: 0, head: 1 }),
  },
  {
    id: 'select.previous-head',
    title: 'Previous head',
    menu: 'Select',
    shortcut: 'Shift+ArrowLeft',
    when: hasHeads,
    run: (workbench) => stepHead(workbench, { layer: 0, head: -1 }),
  },
  {
    id: 'select.next-layer',
    title: 'Next layer',
    menu: 'Select',
    shortcut: 'Shift+ArrowDown',
    when: hasHeads,
    run: (workbench) => stepHead(workbench, { layer: 1, head: 0 }),
  },
  {
    id: 'select.previous-layer',
    title: 'Previous layer',
    menu: 'Select',
    shortcut: 'Shift+ArrowUp',
    when: hasHeads,
    run: (workbench) => stepHead(workbench, { layer: -1, head: 0 }),
  },
];
