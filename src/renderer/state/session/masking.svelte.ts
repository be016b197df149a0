import { tokenOn } from '../../runs/place.ts';
import { fillsMasks } from '../../runs/masks.ts';
import type { Run, Token } from '../../runs/run.ts';
import type { Selection } from '../window/selection.svelte.ts';
import type { SlotOwner } from './slot-owner.ts';

/** Characters [from, to) of a text. */
export type Stretch = readonly [from: number, to: number];

/** A mask that was put into a text, whose run is on its way. */
interface NewMask {
  /** The text, of a pair the one that has it. */
  readonly text: string;
  /** Its first character there. */
  readonly at: number;
  readonly ofPair: boolean;
}

/** Hiding words from a model that was trained to find them: its mask token stands in their place. */
export class Masking {
  #newest: NewMask | null = null;

  constructor(
    private readonly slot: Pick<
      SlotOwner,
      'model' | 'run' | 'text' | 'pair' | 'encoding' | 'setText' | 'setPair'
    >,
    private readonly selection: Pick<Selection, 'locked' | 'lock'>,
  ) {}

  /** The mask token, where the open model finds what it hides; null: it does not. */
  get token(): Token | null {
    const { model, run } = this.slot;
    return model !== null && run !== null && fillsMasks(run) ? model.tokenizer.mask : null;
  }

  /** The locked token, if it is one that can be hidden. */
  get locked(): Token | null {
    const { run, text } = this.slot;
    const token = run?.text === text ? run.tokens[tokenOn(this.selection.locked, 'target') ?? -1] : undefined;
    return token === undefined || token.span === null || token.mask === true ? null : token;
  }

  /** A run is on screen: a mask that was put into its text is what is looked at from now on. */
  found(run: Run): void {
    const { slot } = this;
    const newest = this.#newest;
    if (newest === null) return;
    this.#newest = null;
    if ((newest.ofPair ? slot.pair : slot.text) !== newest.text) return;
    // A window of a long text begins at another character.
    const at = newest.at + (newest.ofPair ? 0 : (slot.encoding?.typed?.shift ?? 0));
    const index = run.tokens.findIndex(
      ({ mask, span, ofPair = false }) =>
        mask === true && span !== null && ofPair === newest.ofPair && span[0] <= at && at < span[1],
    );
    if (index >= 0) this.selection.lock({ token: { side: 'target', index } });
  }

  /** Hides the locked token; without one, puts a mask in place of a stretch of the text, such as at the cursor. */
  mask(cursor: Stretch): void {
    const { token, locked } = this;
    if (token === null) return;
    if (locked === null) this.#put(cursor, token.text);
    else this.#replace(locked, token.text, { joined: false, isMask: true });
  }

  /** Puts a piece of the vocabulary in the place of a token of the run: as a word, or at the end of the one before. */
  replace(token: Token, piece: string): void {
    // Vocabularies mark either the beginnings of words, with a space, or their continuations.
    const marksWords = this.slot.run?.tokens.some(({ text }) => text.startsWith(' ')) === true;
    const joined = piece.startsWith('##') || (marksWords && !piece.startsWith(' '));
    this.#replace(token, piece, { joined, isMask: false });
  }

  /** @param how `joined`: without the spaces before the token; else they stay */
  #replace(
    { span, ofPair = false }: Token,
    piece: string,
    { joined, isMask }: { readonly joined: boolean; readonly isMask: boolean },
  ): void {
    const { slot } = this;
    if (span === null) return;
    const text = ofPair ? (slot.pair ?? '') : slot.text;
    const spaces = /\s*$/.exec(text.slice(0, span[0]))?.[0].length ?? 0;
    const own = /^\s*/.exec(text.slice(...span))?.[0].length ?? 0;
    const at = joined ? span[0] - spaces : span[0] + own;
    const next = text.slice(0, at) + piece.replace(/^##/, '').trimStart() + text.slice(span[1]);
    this.#newest = isMask ? { text: next, at, ofPair } : null;
    if (ofPair) slot.setPair(next);
    else slot.setText(next);
  }

  #put([from, to]: Stretch, mask: string): void {
    const { text } = this.slot;
    const gap = from > 0 && !/\s$/.test(text.slice(0, from)) ? ' ' : '';
    const next = text.slice(0, from) + gap + mask + text.slice(to);
    this.#newest = { text: next, at: from + gap.length, ofPair: false };
    this.slot.setText(next);
  }
}
