/** What the memory view can show, by the names that its state has. */

/** `states`: the last state by the earlier ones; `inputs`: an output by the inputs. */
export const MODES = ['states', 'inputs'] as const;
export type Mode = (typeof MODES)[number];

/** By whose inputs an output is derived. */
export const SIDES = ['source', 'target'] as const;

/** Curves over time, or the text coloured. */
export const PICTURES = ['curves', 'text'] as const;
export type Picture = (typeof PICTURES)[number];

/** `auto`: exact, and by probes where that would take long. */
export const PRECISIONS = ['auto', 'exact', 'probes'] as const;
export type Precision = (typeof PRECISIONS)[number];
