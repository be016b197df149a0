import type { DecodeOptions } from '../../runs/run-input.ts';

/** A slot as a document has it, as far as its model's opening asks. */
export interface SavedSlot {
  readonly model: { readonly id: string; readonly name: string; readonly checksum?: string };
  readonly text: string;
  readonly pair: string | null;
  /** The first token of the window of the text that is looked at; null: none is. */
  readonly excerpt: number | null;
  readonly chat: boolean;
  readonly linked: boolean;
  readonly decode: DecodeOptions | null;
}
