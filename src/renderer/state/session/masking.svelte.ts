import { tokenOn } from '../../runs/place.ts';
import { fillsMasks, maskedPositions } from '../../runs/masks.ts';
import type { Token } from '../../runs/run.ts';
import type { Selection } from '../window/selection.svelte.ts';
import type { SlotOwner } from './slot-owner.ts';

/** Characters [from, to) of a text. */
export type Stretch = readonly [from: number, to: number];

/** Hiding words from a model that was trained to find them: its mask token stands in their place. */
export class Masking {
  /** Where the newest mask was put; it is looked at when nothing else is. */
  #newest = $state(-1);

  constructor(
    private readonly slot: Pick<SlotOwner, 'model' | 'run' | 'text' | 'pair' | 'setText' | 'setPair'>,
    private readonly selection: Pick<Selection, 'locked'>,
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

  /** Position that is looked at when nothing is selected: that of the newest mask, else of the first; null: no mask. */
  get position(): number | null {
    const masks = maskedPositions(this.slot.run);
    const isNewest = (position: number) => {
      const [from = -1, to = -1] = this.slot.run?.tokens[position]?.span ?? [];
      return from <= this.#newest && this.#newest < to;
    };
    return masks.find(isNewest) ?? masks[0] ?? null;
  }

  /** Hides the locked token; without one, puts a mask in place of a stretch of the text, such as at the cursor. */
  mask(cursor: Stretch): void {
    const { token, locked } = this;
    if (token === null) return;
    if (locked === null) this.#put(cursor, token.text);
    else this.#replace(locked, token.text, false);
  }

  /** Puts a piece of the vocabulary in the place of a token of the run: as a word, or at the end of the one before. */
  replace(token: Token, piece: string): void {
    // Vocabularies mark either the beginnings of words, with a space, or their continuations.
    const marksWords = this.slot.run?.tokens.some(({ text }) => text.startsWith(' ')) === true;
    this.#replace(token, piece, piece.startsWith('##') || (marksWords && !piece.startsWith(' ')));
  }

  /** @param joined without the spaces before the token; else they stay */
  #replace({ span, ofPair }: Token, piece: string, joined: boolean): void {
    const { slot } = this;
    if (span === null) return;
    const text = ofPair === true ? (slot.pair ?? '') : slot.text;
    const spaces = /\s*$/.exec(text.slice(0, span[0]))?.[0].length ?? 0;
    const own = /^\s*/.exec(text.slice(...span))?.[0].length ?? 0;
    const from = joined ? span[0] - spaces : span[0] + own;
    const next = text.slice(0, from) + piece.replace(/^##/, '').trimStart() + text.slice(span[1]);
    if (ofPair === true) slot.setPair(next);
    else {
      this.#newest = from;
      slot.setText(next);
    }
  }

  #put([from, to]: Stretch, mask: string): void {
    const { text } = this.slot;
    const gap = from > 0 && !/\s$/.test(text.slice(0, from)) ? ' ' : '';
    this.#newest = from + gap.length;
    this.slot.setText(text.slice(0, from) + gap + mask + text.slice(to));
  }
}
