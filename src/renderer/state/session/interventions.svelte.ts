import type { LoadedModel } from '../../models/family.ts';
import { sequenceOf, type Side, type TokenRef } from '../../runs/place.ts';
import type { AttentionMap, Run, Token } from '../../runs/run.ts';
import type { Intervention } from '../../runs/facets/changes.ts';
import type { Screen } from './screen.svelte.ts';

/** What changes ask of the session that they belong to. */
interface Changeable {
  readonly model: { readonly loaded: LoadedModel } | null;
  readonly screen: Screen;
  readonly run: Run | null;
  /** Makes the run on screen one with the present changes. */
  applyChanges(): Promise<void>;
}

type HeadChange = Intervention & { readonly kind: 'head' };
type StateChange = Intervention & { readonly kind: 'state' };
/** A head, of a kind of attention where the model has several. */
type HeadPlace = Pick<HeadChange, 'attention' | 'layer' | 'head'>;
/** A token's state at a layer, of a side where the model has two. */
export type StatePlace = Pick<StateChange, 'side' | 'layer' | 'position'>;

/** What the user changes in the runs of the open model, and the run that states are taken from. */
export class Interventions {
  changes = $state.raw<readonly Intervention[]>([]);
  /** A run of an earlier text whose states can be put into another one; it holds GPU memory. */
  remembered = $state.raw<Run | null>(null);
  /** Which `hidden_states.<layer>` is to be changed. */
  layer = $state(0);
  /** Of which stack of an encoder-decoder. */
  side = $state<'encoder' | 'decoder'>('decoder');
  /** Which token of the encoder, while one of the decoder is looked at. */
  sourceToken = $state(0);

  constructor(private readonly session: Changeable) {}

  /** The run on screen can be changed. */
  get isOffered(): boolean {
    return this.session.model?.loaded.intervene !== undefined && this.session.run !== null;
  }

  /** True for a run that is needed for later. */
  keeps(run: Run): boolean {
    return run === this.remembered || this.changes.some((change) => sourceOf(change) === run);
  }

  /** What a head's output is multiplied by; `mean`: its mean stands in its place. */
  factorOf(place: HeadPlace): number | 'mean' {
    return this.#head(place)?.factor ?? 1;
  }

  /** The tokens that a state may come from, of the side that the changed one is on. */
  tokensOf(run: Run, { side }: StatePlace): readonly Token[] {
    return sequenceOf(run, sideOf(side));
  }

  /** The state that is to be changed when a token of the run is looked at; a source token's is the encoder's. */
  placeOf(run: Run, token: TokenRef): StatePlace {
    const { layer } = this;
    if (run.sourceTokens === null) return { layer, position: token.index };
    const side = token.side === 'source' ? 'encoder' : this.side;
    if (side === 'decoder') return { side, layer, position: token.index };
    const position = token.side === 'source' ? token.index : this.sourceToken;
    return { side, layer, position: Math.min(position, run.sourceTokens.length - 1) };
  }

  /** How the state of a token at a layer is changed; null: not at all. */
  stateOf({ side, layer, position }: StatePlace): StateChange | null {
    const found = this.changes.find(
      (change): change is StateChange =>
        change.kind === 'state' &&
        change.side === side &&
        change.layer === layer &&
        change.position === position,
    );
    return found ?? null;
  }

  /** As a slider does, many times in a row. @param factor 1: the head is as it was */
  setHead(place: HeadPlace, factor: number | 'mean'): Promise<void> {
    return this.#set(this.#withHead(place, factor));
  }

  /** Gives a head this factor, or its own output back if it has it already. */
  toggleHead(place: HeadPlace, factor: number | 'mean'): Promise<void> {
    return this.#set(this.#withHead(place, this.factorOf(place) === factor ? 1 : factor));
  }

  /** Puts zeros into the state of a token, or its own state back if they are there already. */
  toggleZero(place: StatePlace): Promise<void> {
    const now = this.stateOf(place);
    const change: StateChange = { kind: 'state', ...place, from: null };
    return this.#set(replaced(this.changes, now, now?.from === null ? [] : [change]));
  }

  /** Puts states of the remembered run into positions of this one. */
  patch(pairs: readonly { readonly place: StatePlace; readonly from: number }[]): Promise<void> {
    const run = this.remembered;
    if (run === null) return Promise.resolve();
    let { changes } = this;
    for (const { place, from } of pairs)
      changes = replaced(changes, this.stateOf(place), [
        { kind: 'state', ...place, from: { run, position: from } },
      ]);
    return this.#set(changes);
  }

  remove(gone: readonly Intervention[]): Promise<void> {
    return this.#set(this.changes.filter((change) => !gone.includes(change)));
  }

  clear(): Promise<void> {
    return this.#set([]);
  }

  /** Goes to the changes of a document; the run follows. */
  restore(changes: readonly Intervention[]): Promise<void> {
    return this.#set(changes);
  }

  /** Keeps the run on screen: its states can be put into runs of other texts. */
  remember(): void {
    const before = this.remembered;
    this.remembered = this.session.run;
    this.#release(before);
  }

  /** Lets go of the remembered run; changes that were made with it stay as long as they are wished for. */
  forget(): void {
    const before = this.remembered;
    this.remembered = null;
    this.#release(before);
  }

  /**
   * A model was opened: what was wished for runs of the one before is nothing here.
   * @param isAgain the same one, on another device: only states of runs on the former are gone
   */
  reset(isAgain: boolean): void {
    const sources = [...this.changes.map(sourceOf), this.remembered];
    this.changes = isAgain ? this.changes.filter((change) => sourceOf(change) === null) : [];
    this.remembered = null;
    if (!isAgain) this.layer = 0;
    if (!isAgain) this.side = 'decoder';
    this.session.screen.original = false;
    this.#release(...sources);
  }

  #withHead(place: HeadPlace, factor: number | 'mean'): readonly Intervention[] {
    const change = { kind: 'head', ...place, factor } as const;
    return replaced(this.changes, this.#head(place), factor === 1 ? [] : [change]);
  }

  #head({ attention, layer, head }: HeadPlace): HeadChange | null {
    const found = this.changes.find(
      (change): change is HeadChange =>
        change.kind === 'head' &&
        change.attention === attention &&
        change.layer === layer &&
        change.head === head,
    );
    return found ?? null;
  }

  async #set(changes: readonly Intervention[]): Promise<void> {
    const sources = this.changes.map(sourceOf);
    this.changes = changes;
    // Whoever changes something looks at what becomes of it.
    this.session.screen.original = false;
    await this.session.applyChanges();
    this.#release(...sources);
  }

  #release(...runs: readonly (Run | null)[]): void {
    this.session.screen.release(...runs.filter((run) => run !== null));
  }
}

/** A head of an attention map, as changes name it. */
export function headPlace(map: Pick<AttentionMap, 'kind'>, layer: number, head: number): HeadPlace {
  return map.kind === 'self' ? { layer, head } : { attention: map.kind, layer, head };
}

/** The run that a change takes a state from. */
function sourceOf(change: Intervention): Run | null {
  return change.kind === 'state' ? (change.from?.run ?? null) : null;
}

/** Puts entries in the place of one, or at the end. */
function replaced(
  changes: readonly Intervention[],
  old: Intervention | null,
  entries: readonly Intervention[],
): readonly Intervention[] {
  if (old === null) return [...changes, ...entries];
  return changes.flatMap((change) => (change === old ? entries : [change]));
}

/** The sequence of a stack's states. */
function sideOf(stack: StatePlace['side']): Side {
  return stack === 'encoder' ? 'source' : 'target';
}
