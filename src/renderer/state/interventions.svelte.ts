import type { LoadedModel } from '../models/family.ts';
import type { Intervention, Run } from '../runs/run.ts';
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
export type StateChange = Intervention & { readonly kind: 'state' };

/** What the user changes in the runs of the open model, and the run that states are taken from. */
export class Interventions {
  changes = $state.raw<readonly Intervention[]>([]);
  /** A run of an earlier text whose states can be put into another one; it holds GPU memory. */
  remembered = $state.raw<Run | null>(null);
  /** Which `hidden_states.<layer>` is to be changed. */
  layer = $state(0);

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
  factorOf(layer: number, head: number): number | 'mean' {
    return this.#head(layer, head)?.factor ?? 1;
  }

  /** How the state of a token at a layer is changed; null: not at all. */
  stateOf(layer: number, position: number): StateChange | null {
    return (
      this.changes.find(
        (change): change is StateChange =>
          change.kind === 'state' && change.layer === layer && change.position === position,
      ) ?? null
    );
  }

  /** @param factor 1: the head is as it was */
  setHead(layer: number, head: number, factor: number | 'mean'): Promise<void> {
    const change = { kind: 'head', layer, head, factor } as const;
    return this.#set(replaced(this.changes, this.#head(layer, head), factor === 1 ? [] : [change]));
  }

  /** Gives a head this factor, or its own output back if it has it already. */
  toggleHead(layer: number, head: number, factor: number | 'mean'): Promise<void> {
    return this.setHead(layer, head, this.factorOf(layer, head) === factor ? 1 : factor);
  }

  /** Puts zeros into the state of a token, or its own state back if they are there already. */
  toggleZero(layer: number, position: number): Promise<void> {
    const now = this.stateOf(layer, position);
    const change: StateChange = { kind: 'state', layer, position, from: null };
    return this.#set(replaced(this.changes, now, now?.from === null ? [] : [change]));
  }

  /** Puts states of the remembered run into positions of this one. */
  patch(
    layer: number,
    pairs: readonly { readonly position: number; readonly from: number }[],
  ): Promise<void> {
    const run = this.remembered;
    if (run === null) return Promise.resolve();
    let { changes } = this;
    for (const { position, from } of pairs)
      changes = replaced(changes, this.stateOf(layer, position), [
        { kind: 'state', layer, position, from: { run, position: from } },
      ]);
    return this.#set(changes);
  }

  remove(gone: readonly Intervention[]): Promise<void> {
    return this.#set(this.changes.filter((change) => !gone.includes(change)));
  }

  clear(): Promise<void> {
    return this.#set([]);
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

  /** Another model: what was wished for its runs is nothing here. */
  reset(): void {
    const sources = [...this.changes.map(sourceOf), this.remembered];
    this.changes = [];
    this.remembered = null;
    this.layer = 0;
    this.session.screen.original = false;
    this.#release(...sources);
  }

  #head(layer: number, head: number): HeadChange | null {
    return (
      this.changes.find(
        (change): change is HeadChange =>
          change.kind === 'head' && change.layer === layer && change.head === head,
      ) ?? null
    );
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
