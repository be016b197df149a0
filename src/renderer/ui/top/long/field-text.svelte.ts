import { TextHistory } from './history.ts';
import { partAround, WHOLE, type Part } from './part.ts';

/** Whose text the field edits. */
export interface TextOwner {
  readonly text: string;
  setText(text: string): void;
}

/** Characters from the selection to an inner edge of the part, below which it moves on. */
const EDGE = 300;
/** Characters that are put into a part by the browser at most. */
const LONG_INPUT = 2000;

/**
 * The text of a field that holds a part of it where it is long. Places are those of the text; the part follows the
 * cursor. With all of a part selected, all of the text is.
 */
export class FieldText {
  /** Where the selection is to be, once the field shows its part; null: where it is. */
  wish = $state.raw<Part | null>(null);
  /** The part of the last text that was shown; of another text the beginning is. */
  #shown = $state.raw<{ readonly text: string; readonly part: Part } | null>(null);
  readonly #history = new TextHistory();

  constructor(private readonly owner: () => TextOwner) {}

  readonly text: string = $derived.by(() => this.owner().text);
  readonly part: Part = $derived.by(() =>
    this.#shown?.text === this.text ? this.#shown.part : partAround(this.text, 0),
  );
  /** What the field holds. */
  readonly value: string = $derived.by(() => this.text.slice(...this.part));
  readonly isLong: boolean = $derived.by(() => this.text.length > WHOLE);

  /** What a selection of the field stands for. */
  selected(start: number, end: number): Part {
    const [from, to] = this.part;
    return this.isAll(start, end)
      ? [0, this.text.length]
      : [Math.min(from + start, to), Math.min(from + end, to)];
  }

  /** All of a long text is selected. */
  isAll(start: number, end: number): boolean {
    return this.isLong && start === 0 && end >= this.value.length;
  }

  /** The field's own value became another. @param caret in it @param wasAll all of the text was selected before */
  typed(value: string, caret: number, wasAll: boolean): void {
    const { text, part } = this;
    const [from, to] = wasAll ? [0, text.length] : part;
    const next = text.slice(0, from) + value + text.slice(to);
    // Until a text was long once, the browser's own history has everything.
    if (this.isLong || next.length > WHOLE || !this.#history.isEmpty) this.#record(next, from + caret);
    if (value.length <= WHOLE) this.#show(next, [from, from + value.length]);
    else this.#edited(next, from + caret);
  }

  /** The browser would need too long for so much: it is to be put in beside the field. */
  isTooMuch(inserted: string): boolean {
    return inserted.length > (this.isLong ? LONG_INPUT : WHOLE - this.text.length);
  }

  /** Puts a text in the place of a stretch, without the field. */
  replace([from, to]: Part, inserted: string): void {
    const next = this.text.slice(0, from) + inserted + this.text.slice(to);
    this.#record(next, from + inserted.length);
    this.#edited(next, from + inserted.length);
  }

  /** @returns false: the browser's own history is to be used */
  undo(): boolean {
    return this.#isOwn && this.#go(this.#history.undo(this.text));
  }

  redo(): boolean {
    return this.#isOwn && this.#go(this.#history.redo(this.text));
  }

  /** Shows the part around a place, where the cursor then is. @param isAll all of the text is selected, and stays so */
  goTo(place: number, isAll = false): void {
    const part = partAround(this.text, place);
    this.#shown = { text: this.text, part };
    this.wish = isAll ? part : [place, place];
  }

  /** The cursor's place when it is so near to an inner edge that the part is to move on; null: it is not. */
  nearEdge(start: number, end: number): number | null {
    if (!this.isLong || start !== end) return null;
    const [from, to] = this.part;
    const isNear = (start < EDGE && from > 0) || (to - from - start < EDGE && to < this.text.length);
    return isNear ? from + start : null;
  }

  /** Shows the beginning of a long text, where the cursor then is. */
  rewind(): void {
    if (this.isLong && this.#isOwn) this.goTo(0);
  }

  /** The text is what was written here, and no other that came meanwhile. */
  get #isOwn(): boolean {
    return this.#shown?.text === this.text;
  }

  #record(next: string, caret: number): void {
    if (!this.#isOwn) this.#history.clear();
    this.#history.record(this.text, next, caret);
  }

  #go(step: { readonly text: string; readonly caret: number } | null): boolean {
    if (step === null) return false;
    this.#edited(step.text, step.caret);
    return true;
  }

  /** Shows an edited text around the cursor. */
  #edited(text: string, caret: number): void {
    this.#show(text, partAround(text, caret));
    this.wish = [caret, caret];
  }

  #show(text: string, part: Part): void {
    this.#shown = { text, part };
    this.owner().setText(text);
  }
}
