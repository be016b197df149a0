/** One change of a text: `inserted` stands where `removed` stood. */
interface Change {
  readonly at: number;
  readonly removed: string;
  readonly inserted: string;
}

/** Changes that are kept. */
const MOST = 200;

/** Undo and redo of a text that its field holds only a part of: a browser's own history knows that part alone. */
export class TextHistory {
  #done: Change[] = [];
  #undone: Change[] = [];

  get isEmpty(): boolean {
    return this.#done.length === 0 && this.#undone.length === 0;
  }

  /**
   * Keeps a change; what was undone before can't be redone. What is typed on at once is one change.
   * @param caret where the cursor is after it
   */
  record(before: string, after: string, caret: number): void {
    if (before === after) return;
    this.#undone = [];
    const change = changeOf(before, after, caret);
    const last = this.#done.at(-1);
    const isTyping = change.removed === '' && change.inserted.length === 1 && change.inserted !== '\n';
    if (last?.removed === '' && isTyping && change.at === last.at + last.inserted.length) {
      this.#done[this.#done.length - 1] = { ...last, inserted: last.inserted + change.inserted };
      return;
    }
    this.#done.push(change);
    if (this.#done.length > MOST) this.#done.shift();
  }

  /** The text before the last change, and where that was; null: there is none. */
  undo(text: string): { readonly text: string; readonly caret: number } | null {
    const change = this.#done.pop();
    if (change === undefined) return null;
    this.#undone.push(change);
    const { at, removed, inserted } = change;
    return { text: splice(text, at, inserted.length, removed), caret: at + removed.length };
  }

  redo(text: string): { readonly text: string; readonly caret: number } | null {
    const change = this.#undone.pop();
    if (change === undefined) return null;
    this.#done.push(change);
    const { at, removed, inserted } = change;
    return { text: splice(text, at, removed.length, inserted), caret: at + inserted.length };
  }

  clear(): void {
    this.#done = [];
    this.#undone = [];
  }
}

function splice(text: string, at: number, count: number, inserted: string): string {
  return text.slice(0, at) + inserted + text.slice(at + count);
}

/** The shortest stretch before the cursor that differs: an “a” before an “a” was typed where the cursor is. */
function changeOf(before: string, after: string, caret: number): Change {
  const behind = before.endsWith(after.slice(caret)) ? after.length - caret : 0;
  const most = Math.min(before.length, after.length) - behind;
  let at = 0;
  while (at < most && before.charCodeAt(at) === after.charCodeAt(at)) at++;
  return {
    at,
    removed: before.slice(at, before.length - behind),
    inserted: after.slice(at, after.length - behind),
  };
}
