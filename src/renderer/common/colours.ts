import { coordinate } from './numbers.ts';

/**
 * The hue of a head, in degrees of OKLCH: each head keeps it in every view and every layer. Hues are spread over the
 * circle and begin away from the accent's.
 */
export function headHue(head: number, heads: number): number {
  return (20 + (360 * head) / Math.max(heads, 1)) % 360;
}

/** The CSS colour of a head in the current theme. */
export function headColour(head: number, heads: number): string {
  return `oklch(var(--head-lightness) var(--head-chroma) ${coordinate(headHue(head, heads), 1)})`;
}
