import type { Showing } from './arranged.ts';
import type { Step } from './document.ts';
import { screenful } from './snapshot.ts';

/** The screens that a session holds, in the order in which they are presented. */
export class Steps {
  list = $state.raw<readonly Step[]>([]);
  /** The step that is on screen, or was gone to last; -1: none. */
  at = $state(-1);
  /** They are shown full screen, without the window's frame. */
  presenting = $state(false);

  constructor(private readonly bench: Showing) {}

  get current(): Step | null {
    return this.list[this.at] ?? null;
  }

  /** Keeps what is on screen as a step behind the present one. */
  keep(): void {
    const { bench } = this;
    const views = [...bench.assigned.values()].map((view) => bench.view(view)?.title).filter((one) => one);
    const step: Step = { title: views[0] ?? 'Screen', caption: '', screen: screenful(bench) };
    const at = this.at < 0 ? this.list.length : this.at + 1;
    this.list = this.list.toSpliced(at, 0, step);
    this.at = at;
  }

  change(at: number, change: Partial<Pick<Step, 'title' | 'caption' | 'screen'>>): void {
    this.list = this.list.map((step, index) => (index === at ? { ...step, ...change } : step));
  }

  /** Puts what is on screen in the place of a step's screen. */
  replace(at: number): void {
    this.change(at, { screen: screenful(this.bench) });
  }

  remove(at: number): void {
    this.list = this.list.toSpliced(at, 1);
    if (this.at >= at) this.at -= 1;
  }

  /** Moves a step forward (-1) or back (1) in the order. */
  move(at: number, by: 1 | -1): void {
    const step = this.list[at];
    const to = at + by;
    if (step === undefined || to < 0 || to >= this.list.length) return;
    this.list = this.list.toSpliced(at, 1).toSpliced(to, 0, step);
    if (this.at === at) this.at = to;
    else if (this.at === to) this.at = at;
  }

  /** Goes to a step: cameras and scales of views that stay move there. */
  async go(at: number): Promise<void> {
    const step = this.list[at];
    if (step === undefined) return;
    this.at = at;
    await this.bench.documents.show(step.screen, { animate: true });
  }

  /** Shows the steps in the room, from the present one on; without steps, what is on screen. */
  async present(): Promise<void> {
    this.presenting = true;
    if (this.list.length > 0) await this.go(Math.max(this.at, 0));
  }

  /** Goes on presenting in a page that was loaded again. @param at the step that was on screen; -1: none */
  resume(at: number): void {
    this.at = Math.min(at, this.list.length - 1);
    this.presenting = true;
  }

  async advance(by: 1 | -1): Promise<void> {
    const to = Math.min(Math.max(this.at + by, 0), this.list.length - 1);
    if (to !== this.at) await this.go(to);
  }

  end(): void {
    this.presenting = false;
  }
}
