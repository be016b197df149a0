import type { Run } from '../../../src/renderer/runs/run.ts';
import type { ViewProps } from '../../../src/renderer/views/view.ts';

/** A view's properties, which a test may change while it is open. */
export class Props implements ViewProps {
  run = $state.raw<Run>() as Run;

  constructor(run: Run) {
    this.run = run;
  }
}
