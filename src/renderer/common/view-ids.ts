/** Views that had another id, by it: sessions and scripts that are older go on working. */
const FORMER: Readonly<Record<string, string>> = { predictions: 'outputs' };

/** A view's id of today. */
export function viewIdOf(id: string): string {
  return Object.hasOwn(FORMER, id) ? (FORMER[id] ?? id) : id;
}
