/** Whether a page presents, kept over its being loaded again: by the tab, since no other window is to present. */
const KEY = 'headgate.presented';

/** @param step the step on screen, -1: none; null: the page does not present */
export function keepPresented(step: number | null): void {
  if (step === null) sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, String(step));
}

/** The step that the page presented before it was loaded again, -1: none; null: it did not present. */
export function keptPresented(): number | null {
  const kept = sessionStorage.getItem(KEY);
  const step = kept === null ? NaN : Number(kept);
  return Number.isInteger(step) && step >= -1 ? step : null;
}
