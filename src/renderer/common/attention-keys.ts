import { display } from './attention-display.svelte.ts';

/** Keys that every attention view knows: L for the log scale, F for the first token. True when it was one of them. */
export function attentionKey(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target instanceof HTMLSelectElement)
    return false;
  if (event.key === 'l') display.log = !display.log;
  else if (event.key === 'f') display.hideFirst = !display.hideFirst;
  else return false;
  event.preventDefault();
  return true;
}
