import type { ViewDefinition } from './view.ts';

const found = import.meta.glob<ViewDefinition>('./*/index.ts', { eager: true, import: 'definition' });

/** Every view: the folders beside this file, in the order in which those stand that fit a run equally well. */
export const views: readonly ViewDefinition[] = Object.values(found).sort((a, b) => a.rank - b.rank);
