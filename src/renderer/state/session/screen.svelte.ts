import { tick } from 'svelte';
import type { Run } from '../../runs/run.ts';
import type { OpenModel, Wish } from './session-state.ts';

/** The run on screen, with changes two of them: as it was and as it became. They are given back when others come. */
export class Screen {
  /** The run without changes. */
  base = $state.raw<Run | null>(null);
  /** The same with changes; null: there are none. */
  changed = $state.raw<Run | null>(null);
  /** The run without changes is looked at although there is one with. */
  original = $state(false);
  #wish: Wish | null = null;
  #retired: OpenModel[] = [];

  /** @param keeps is asked for runs that somebody else still needs */
  constructor(private readonly keeps: (run: Run) => boolean) {}

  /** What views show. */
  get run(): Run | null {
    return this.original ? this.base : (this.changed ?? this.base);
  }

  /** True when the run on screen, with or without changes, is what this wish gives. */
  isOf(wish: Wish): boolean {
    const shown = this.#wish;
    if (shown === null) return false;
    return (['model', 'text', 'pair', 'isChat', 'decode'] as const).every(
      (part) => shown[part] === wish[part],
    );
  }

  /** Puts a run on screen, a changed one with what it was made of; what was there is given back. */
  async put(run: Run, wish: Wish): Promise<void> {
    const before = [this.base, this.changed].filter((old) => old !== null);
    const retired = this.#retired.splice(0);
    this.#wish = wish;
    const changes = run.facet('changes');
    this.base = changes?.base ?? run;
    this.changed = changes === null ? null : run;
    // Views let go of the old run first.
    await tick();
    this.release(...before);
    dispose(retired);
  }

  /** Gives back what is on screen and the model that it is of: nobody looks any more. */
  clear(model: OpenModel | null): void {
    const before = [this.base, this.changed].filter((old) => old !== null);
    this.base = null;
    this.changed = null;
    this.#wish = null;
    this.release(...before);
    dispose([...this.#retired.splice(0), ...(model === null ? [] : [model])]);
  }

  /** Gives a model back once a run of another one is on screen. */
  retire(model: OpenModel): void {
    this.#retired.push(model);
  }

  /** Gives runs back, and those that they were made of, unless they are on screen or kept. */
  release(...runs: readonly Run[]): void {
    for (const run of runs)
      for (const one of [run, run.facet('changes')?.base])
        if (one !== undefined && one !== this.base && one !== this.changed && !this.keeps(one)) one.dispose();
  }
}

function dispose(models: readonly OpenModel[]): void {
  for (const model of models) model.release();
}
