import { lookedToken } from '../../runs/place.ts';
import { headPlace, type StatePlace } from '../../state/session/interventions.svelte.ts';
import type { Workbench } from '../../state/window/workbench.svelte.ts';
import type { Command } from './command.ts';

const canChange = ({ session }: Workbench) => session.interventions.isOffered;
const canChangeHeads = (workbench: Workbench) =>
  canChange(workbench) && (workbench.session.run?.attention.length ?? 0) > 0;

/** Changes the head that is looked at. */
async function toggleHead(
  { session, selection, display }: Workbench,
  factor: number | 'mean',
): Promise<void> {
  const map = session.run === null ? null : display.of(session.run);
  if (map === null) return;
  const layer = Math.min(selection.lookedHead.layer, map.layers - 1);
  const head = Math.min(selection.lookedHead.head, map.heads - 1);
  await session.interventions.toggleHead(headPlace(map, layer, head), factor);
}

/** The state of the token that is looked at, else of the last one. */
function placeOf({ session, selection }: Workbench): StatePlace | null {
  const { run, interventions } = session;
  if (run === null) return null;
  return interventions.placeOf(run, lookedToken(run, selection.current));
}

export const changeCommands: readonly Command[] = [
  {
    id: 'change.undo',
    title: 'Undo',
    menu: 'Change',
    shortcut: 'Mod+Z',
    words: 'back revert',
    named: ({ documents }) => `Undo: ${documents.history.undoName}`,
    when: ({ documents }) => documents.history.undoName !== null,
    run: ({ documents }) => documents.undo(),
  },
  {
    id: 'change.redo',
    title: 'Redo',
    menu: 'Change',
    shortcut: 'Mod+Shift+Z',
    words: 'again forward',
    named: ({ documents }) => `Redo: ${documents.history.redoName}`,
    when: ({ documents }) => documents.history.redoName !== null,
    run: ({ documents }) => documents.redo(),
  },
  {
    id: 'change.silence',
    title: 'Silence the head, or let it speak again',
    menu: 'Change',
    shortcut: 'X',
    words: 'ablate zero remove head intervene off',
    when: canChangeHeads,
    run: (workbench) => toggleHead(workbench, 0),
  },
  {
    id: 'change.mean',
    title: 'Replace the head by its mean, or undo that',
    menu: 'Change',
    shortcut: 'Shift+X',
    words: 'ablate average head intervene',
    when: canChangeHeads,
    run: (workbench) => toggleHead(workbench, 'mean'),
  },
  {
    id: 'change.zero-state',
    title: 'Zero the token’s state, or undo that',
    menu: 'Change',
    shortcut: 'Z',
    words: 'ablate residual stream hidden position intervene',
    when: canChange,
    async run(workbench) {
      const place = placeOf(workbench);
      if (place !== null) await workbench.session.interventions.toggleZero(place);
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
    async run(workbench) {
      const { interventions } = workbench.session;
      const { remembered } = interventions;
      const place = placeOf(workbench);
      if (place === null || remembered === null) return;
      const last = interventions.tokensOf(remembered, place).length - 1;
      await interventions.patch([{ place, from: Math.min(place.position, last) }]);
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
    words: 'reset restore interventions',
    when: ({ session }) => session.interventions.changes.length > 0,
    run: ({ session }) => session.interventions.clear(),
  },
];
