/** What the states view can show, by the names that its state has. */

/** The text coloured by units, their curves, what all units follow, places where a set of units is on. */
export const PICTURES = ['text', 'curves', 'follow', 'places'] as const;
export type Picture = (typeof PICTURES)[number];

/** What the text is coloured by: a unit's state, or the gradient of the next token by the inputs. */
export const COLOURS = ['state', 'gradient'] as const;
export type Colour = (typeof COLOURS)[number];
