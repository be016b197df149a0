/** Which quotation marks are open in a text, read character by character. */

/** What closes each mark. Marks of most languages; 'straight' single ones are apostrophes far more often. */
const CLOSERS: Readonly<Record<string, string>> = {
  ...{ '"': '"', '“': '”', '„': '“”', '”': '”', '‘': '’', '‚': '‘’' },
  ...{ '«': '»', '»': '«', '‹': '›', '›': '‹', '「': '」', '『': '』' },
};
/** Marks that open only where a quotation may begin: elsewhere they close one that was never opened. */
const BEGINS_ONLY = '”»›';
const BEGINNING = /[\s([{（［｛【—–-]/u;
const LETTER = /[\p{L}\p{N}]/u;

export class OpenQuotes {
  /** Marks that opened what is open, the outermost first. */
  readonly #open: string[] = [];
  #isBlank = false;
  #before = '\n';

  get isInside(): boolean {
    return this.#open.length > 0;
  }

  /** @param after the character that follows; empty: none */
  read(character: string, after: string): void {
    if (character === '\n') {
      // At a blank line a quotation ends: one mark too many does not turn the rest of the text inside out.
      if (this.#isBlank) this.#open.length = 0;
      this.#isBlank = true;
    } else if (!/\s/u.test(character)) this.#isBlank = false;
    const isApostrophe = character === '’' && LETTER.test(after);
    const closed = isApostrophe
      ? -1
      : this.#open.findLastIndex((mark) => CLOSERS[mark]?.includes(character) === true);
    // What was opened inside of it ends with it.
    if (closed >= 0) this.#open.length = closed;
    else if (this.#opens(character)) this.#open.push(character);
    this.#before = character;
  }

  #opens(character: string): boolean {
    // A quotation of several paragraphs begins each with a mark of its own.
    if (CLOSERS[character] === undefined || this.#open.includes(character)) return false;
    return !BEGINS_ONLY.includes(character) || BEGINNING.test(this.#before);
  }
}
