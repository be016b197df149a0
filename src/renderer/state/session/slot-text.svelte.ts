import type { DecodeOptions } from '../../runs/run-input.ts';
import { withoutText } from './run-input.ts';
import type { SavedSlot } from './saved-slot.ts';
import type { LinkedText, SlotWindow } from './slot-window.ts';

/** The text of a slot, which linked slots have in common, and how an output is found for it. */
export abstract class SlotText implements LinkedText {
  text = $state('');
  /** The second text of a pair; null: one text. */
  pair = $state.raw<string | null>(null);
  /** The first token of the window that is looked at, where the text is longer than the model's positions; null: none is. */
  excerpt = $state.raw<number | null>(null);
  /** The text is that of the other linked slots. */
  linked = $state(true);
  /** How the output is found; null: the model's own way. What is about one text goes with it. */
  decode = $state.raw<DecodeOptions | null>(null);
  /** One quiet line for the status line. */
  quiet = $state.raw<string | null>(null);
  /** The text was written since the latest model was wished for: it is meant for that model. */
  protected isWritten = false;

  constructor(protected readonly window: SlotWindow) {}

  /** Runs the text, whatever was there before. */
  abstract runAgain(): Promise<void>;

  /** The text, and the second one of a pair (null: none); the run follows, and so do slots that are linked. */
  setText(text: string, pair = this.pair): void {
    if (text === this.text && pair === this.pair) return;
    this.isWritten = true;
    this.take({ text, pair });
    if (this.linked) this.window.share(this, { text, pair });
  }

  /** The second text of a pair, or none; the run follows. */
  setPair(pair: string | null): void {
    this.setText(this.text, pair);
  }

  /** Takes another slot's text over. */
  take({ text, pair }: { readonly text: string; readonly pair: string | null }): void {
    if (text === this.text && pair === this.pair) return;
    if (text !== this.text) this.decode = withoutText(this.decode);
    this.text = text;
    this.pair = pair;
    this.quiet = null;
    void this.runAgain();
  }

  /** Moves to another window of a long text, or to the whole of it (null); the run follows. */
  setExcerpt(at: number | null): Promise<void> {
    if (at === this.excerpt) return Promise.resolve();
    this.excerpt = at;
    this.decode = withoutText(this.decode);
    this.quiet = null;
    return this.runAgain();
  }

  /** Links the text with that of the other linked slots, which it then has, or lets it go its own way. */
  setLinked(linked: boolean): void {
    if (linked === this.linked) return;
    this.linked = linked;
    const texts = linked ? this.window.textFor(this) : null;
    if (texts !== null) this.take(texts);
  }

  /** How the output is found: beams, a given target, a forced beginning, attention set by hand; the run follows. */
  setDecode(decode: DecodeOptions | null): Promise<void> {
    this.decode = decode;
    return this.runAgain();
  }

  /** The text and how its output is found, as a document has them; the other slots do not follow. */
  restoreText(text: string, pair: string | null, decode: DecodeOptions | null): Promise<void> {
    this.text = text;
    this.pair = pair;
    this.decode = decode;
    this.quiet = null;
    return this.runAgain();
  }

  /** A slot without a model, as a document has it. */
  restoreEmpty({ text, pair, linked }: Pick<SavedSlot, 'text' | 'pair' | 'linked'>): void {
    this.text = text;
    this.pair = pair;
    this.linked = linked;
  }
}
