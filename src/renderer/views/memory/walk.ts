import { isModified, stepTo } from '../../common/step-key.ts';
import type { MemoryView } from './memory.svelte.ts';

/** Keys that go over the steps of the text, which stand in a row in each of the view's pictures. */
export function walk(view: MemoryView, event: KeyboardEvent): void {
  const count = view.tokens.length;
  const to = stepTo(event.key, view.step ?? count - 1, count);
  if (to === null || isModified(event)) return;
  event.preventDefault();
  event.stopPropagation();
  view.context.selection.lock(view.placeOf(to));
}
