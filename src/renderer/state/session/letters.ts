/** The names of a window's slots; each has a hue, `--slot-a` to `--slot-d`. */
export const LETTERS = ['A', 'B', 'C', 'D'] as const;
export type Letter = (typeof LETTERS)[number];

/** The hue of a slot, for style sheets. */
export function slotHue(letter: Letter): string {
  return `var(--slot-${letter.toLowerCase()})`;
}
