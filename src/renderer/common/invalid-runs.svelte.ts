import { SvelteSet } from 'svelte/reactivity';

/** Ids of runs that hold NaN or infinities: the legends of their pictures name the colour of such cells. */
export const invalidRuns = new SvelteSet<number>();
