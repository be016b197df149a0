import type { FigureJob } from '../../common/contract.ts';
import { HeadgateError, quote } from '../../common/error.ts';
import type { Json } from '../common/saved.ts';
import { viewIdOf } from '../common/view-ids.ts';
import { parseDocument, type PaneState, type Screenful, type SlotState } from '../state/document/document.ts';

/** What a session says of a figure. */
export interface FigureScene {
  readonly slot: SlotState;
  readonly screen: Screenful;
  /** State of the view in that slot's pane; null: no pane of the slot shows it. */
  readonly state: Json | null;
}

/**
 * The slot of a session, and how its pane shows a view.
 * @throws HeadgateError `bad-session`, or `unsupported` for what only a window makes
 */
export function sceneOf({ session, view }: FigureJob): FigureScene | null {
  if (session === undefined) return null;
  const screen = parseDocument(session.name, session.text);
  const slot = screen.slots.find(({ letter }) => letter === session.slot);
  if (slot === undefined)
    throw new HeadgateError(
      'bad-session',
      `${quote(session.name)} has no slot ${session.slot}.`,
      'Name one of its slots.',
    );
  if (slot.chat)
    throw new HeadgateError(
      'unsupported',
      `Slot ${slot.letter} of ${quote(session.name)} holds a chat message, which only a window writes as its template does.`,
      'Give what the model is to read as --text, or save the figure in the window.',
    );
  const shows = (pane: PaneState) =>
    (pane.view ?? pane.of) === viewIdOf(view) && pane.slots[0] === slot.letter;
  return { slot, screen, state: (screen.panes.find(shows)?.state ?? null) as Json | null };
}
