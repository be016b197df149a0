import type { Component } from 'svelte';
import type { Run } from '../runs/run.ts';

/** What the shell hands to every view. */
export interface ViewProps {
  readonly run: Run;
}

/** One way to look at a run. Registered in `registry.ts`; the shell offers those that fit, best first. */
export interface ViewDefinition {
  /** kebab-case and stable: it stands in settings and stories. */
  readonly id: string;
  readonly title: string;
  /** One line for the palette and the empty state. */
  readonly description: string;
  readonly icon: Component;
  /** How well the view fits the run: 0 not at all, 1 made for it. */
  score(run: Run): number;
  /** The view's code, loaded when it is first opened. */
  load(): Promise<{ readonly default: Component<ViewProps> }>;
}
