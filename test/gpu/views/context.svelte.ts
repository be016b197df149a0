import { AttentionDisplay } from '../../../src/renderer/common/attention-display.svelte.ts';
import { Theme } from '../../../src/renderer/common/theme.svelte.ts';
import type { Run } from '../../../src/renderer/runs/run.ts';
import { Selection } from '../../../src/renderer/state/window/selection.svelte.ts';
import type { ViewContext } from '../../../src/renderer/views/view.ts';

class TestSampling {
  readonly written = null;
  constructor(private readonly context: TestContext) {}

  get choice() {
    return this.context.choice;
  }

  setTemperature(temperature: number): void {
    this.context.choice = { ...this.context.choice, temperature };
  }
}

/** What a view is given in a test, which may change it while the view is open. */
export class TestContext implements ViewContext {
  run = $state.raw<Run>() as Run;
  get slots() {
    return [{ letter: 'A', run: this.run }];
  }
  size = $state.raw<ViewContext['size']>('window');
  readonly selection = new Selection();
  readonly display = new AttentionDisplay();
  readonly invalid = false;
  readonly theme = new Theme();
  readonly pane = 'p1';
  readonly decoding = { options: {}, set: () => undefined };
  choice = $state.raw<ViewContext['sampling']['choice']>({ temperature: 0, topK: null, topP: null });
  readonly sampling = new TestSampling(this);
  readonly models = {
    othersThan: () => [],
    run: () => Promise.reject(new Error('There are no other models.')),
  };

  readonly model = { use: () => Promise.reject(new Error('There is no model behind the run.')) };
  /** The views that were asked for, with what they were to show. */
  readonly opened: { readonly view: string; readonly state: unknown }[] = [];
  readonly open = (view: string, state?: unknown) => void this.opened.push({ view, state });

  constructor(run: Run) {
    this.run = run;
  }
}
