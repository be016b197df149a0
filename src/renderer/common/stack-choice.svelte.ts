import type { Side } from '../runs/place.ts';
import type { Run } from '../runs/run.ts';
import type { RecurrentTrace } from '../runs/facets/recurrent.ts';
import { savedChoice, savedNone, savedNumber, savedSwitch, type Json } from './saved.ts';
import { recurrentStackName } from '../runs/activation-names.ts';

/** Which stack, layer and direction of a run a view looks at; a choice stays while the run has it. */
export class StackChoice {
  #stack = $state.raw<string | null>(null);
  #layer = $state(0);
  #reverse = $state(false);

  /** @param run reactive */
  constructor(private readonly run: () => Run) {}

  get traces(): readonly RecurrentTrace[] {
    return this.run().facet('recurrent') ?? [];
  }

  /** Of an encoder-decoder the decoder, until the user looks elsewhere. */
  get trace(): RecurrentTrace | null {
    const { traces } = this;
    return traces.find(({ stack }) => recurrentStackName(stack) === this.#stack) ?? traces.at(-1) ?? null;
  }

  get layer(): number {
    return Math.min(this.#layer, (this.trace?.layers ?? 1) - 1);
  }

  get reverse(): boolean {
    return this.#reverse && this.trace?.reversed[this.layer] === true;
  }

  /** The sequence that the positions are of: an encoder's read the source. */
  get side(): Side {
    return this.trace?.stack === 'encoder' ? 'source' : 'target';
  }

  /** What views call it: `rnn, layer 0`, `encoder.rnn, layer 1, reverse`; empty: there is none. */
  get title(): string {
    if (this.trace === null) return '';
    return `${recurrentStackName(this.trace.stack)}, layer ${this.layer}${this.reverse ? ', reverse' : ''}`;
  }

  pick(change: { readonly stack?: string; readonly layer?: number; readonly reverse?: boolean }): void {
    if (change.stack !== undefined) this.#stack = change.stack;
    if (change.layer !== undefined) this.#layer = change.layer;
    if (change.reverse !== undefined) this.#reverse = change.reverse;
  }

  /** As fields of a view's state: what was chosen, even where the run has it not. */
  save(): { readonly stack: string | null; readonly layer: number; readonly reverse: boolean } {
    return { stack: this.#stack, layer: this.#layer, reverse: this.#reverse };
  }

  /** Reads what `save` gave; what is missing or wrong stays. */
  take(state: Json | null): void {
    this.#stack = savedNone(state, 'stack') ? null : savedChoice(state, 'stack', this.#stack);
    this.#layer = savedNumber(state, 'layer', this.#layer, { least: 0, whole: true });
    this.#reverse = savedSwitch(state, 'reverse', this.#reverse);
  }
}
