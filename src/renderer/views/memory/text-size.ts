import type { ViewContext } from '../view.ts';

/** Size of the picture's usual text in CSS pixels: in a room it must be read from far away. */
export function textSize(size: ViewContext['size'], width: number): number {
  return size === 'presented' ? 24 : width < 420 ? 11 : 12;
}
