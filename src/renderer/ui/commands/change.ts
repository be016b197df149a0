import type { Workbench } from '../../state/workbench.svelte.ts';
import type { Command } from './command.ts';

const canChange = ({ session }: Workbench) => session.interventions.isOffered;
const canChangeHeads = (workbench: Workbench) =>
  canChange(workbench) && (workbench.session.run?.heads ?? 0) > 0;

/** The token that is looked at, else the last one. */
function tokenOf({ session, selection }: Workbench): number {
  const last = (session.run?.tokens.length ?? 1) - 1;
  return Math.min(selection.current?.token ?? last, last);
}

export const changeCommands: readonly Command[] = [
  {
    id: 'change.silence',
    title: 'Silence the head, or let it speak again',
    menu: 'Change',
    shortcut: 'X',
    words: 'ablate zero remove head intervene off',
    when: canChangeHeads,
    run: ({ session, selection }) => {
      const { layer, head } = selection.lookedHead;
      return session.interventions.toggleHead(layer, head, 0);
    },
  },
  {
    id: 'change.mean',
    title: 'Replace the head by its mean, or undo that',
    menu: 'Change',
    shortcut: 'Shift+X',
    words: 'ablate average head intervene',
    when: canChangeHeads,
    run: ({ session, selection }) => {
      const { layer, head } = selection.lookedHead;
      return session.interventions.toggleHead(layer, head, 'mean');
    },
  },
  {
    id: 'change.zero-state',
    title: 'Zero the token’s state, or undo that',
    menu: 'Change',
    shortcut: 'Z',
    words: 'ablate residual stream hidden position intervene',
    when: canChange,
    run: (workbench) => {
      const { interventions } = workbench.session;
      return interventions.toggleZero(interventions.layer, tokenOf(workbench));
    },
  },
  {
    id: 'change.remember',
    title: 'Remember this run',
    menu: 'Change',
    shortcut: 'R',
    words: 'keep source patch copy state',
    when: canChange,
    run: ({ session }) => session.interventions.remember(),
  },
  {
    id: 'change.patch',
    title: 'Patch the token’s state from the remembered run',
    menu: 'Change',
    shortcut: 'P',
    words: 'paste residual stream hidden position intervene',
    when: (workbench) => canChange(workbench) && workbench.session.interventions.remembered !== null,
    run: (workbench) => {
      const { interventions } = workbench.session;
      const position = tokenOf(workbench);
      const last = (interventions.remembered?.tokens.length ?? 1) - 1;
      return interventions.patch(interventions.layer, [{ position, from: Math.min(position, last) }]);
    },
  },
  {
    id: 'change.forget',
    title: 'Forget the remembered run',
    menu: 'Change',
    words: 'free memory patch',
    when: ({ session }) => session.interventions.remembered !== null,
    run: ({ session }) => session.interventions.forget(),
  },
  {
    id: 'change.compare',
    title: 'Show the original or the changed run',
    menu: 'Change',
    shortcut: 'O',
    words: 'compare toggle before after',
    when: ({ session }) => session.screen.changed !== null,
    run: ({ session: { screen } }) => {
      screen.original = !screen.original;
    },
  },
  {
    id: 'change.clear',
    title: 'Clear all changes',
    menu: 'Change',
    shortcut: 'Alt+X',
    words: 'reset restore undo interventions',
    when: ({ session }) => session.interventions.changes.length > 0,
    run: ({ session }) => session.interventions.clear(),
  },
];
