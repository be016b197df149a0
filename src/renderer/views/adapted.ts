import type { Component } from 'svelte';
import Adapted from './Adapted.svelte';
import type { ViewContext, ViewInstance, ViewModule, ViewProps } from './view.ts';

/** A view that has no state of its own. */
export interface AdaptedView extends ViewInstance {
  readonly context: ViewContext;
  readonly component: Component<ViewProps>;
}

/** A component that takes a run, as a view. */
export function adapted({ default: component }: { readonly default: Component<ViewProps> }): ViewModule {
  return {
    create: (context): AdaptedView => ({
      context,
      component,
      spoken: '',
      save: () => null,
      show: () => Promise.resolve(),
      close: () => undefined,
    }),
    default: Adapted,
  };
}
