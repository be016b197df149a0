/** A pane that a view is mounted in, and what a user does and sees there. */
import { flushSync } from 'svelte';
import { expect } from 'vitest';
import { must } from '../../helpers/must.ts';
import type { TestContext } from './context.svelte.ts';

/** Waits for a state: kernels compile slowly on machines without a GPU. */
export const soon = <Value>(read: () => Value) => expect.poll(read, { timeout: 60_000 });

/** A token of the run's own. */
export const at = (index: number) => ({ side: 'target', index }) as const;

/** An empty pane in the corner of the page. */
export function openPane(): HTMLElement {
  const pane = document.createElement('div');
  pane.style.cssText = 'position: fixed; inset: 0 auto auto 0; width: 640px; height: 520px';
  document.body.append(pane);
  return pane;
}

/** Moves the pointer to a place of an element, as parts of it. */
export function point(target: HTMLElement, x: number, y: number, type = 'pointermove'): void {
  const box = target.getBoundingClientRect();
  const clientX = box.left + box.width * x;
  const clientY = box.top + box.height * y;
  target.dispatchEvent(new PointerEvent(type, { bubbles: true, pointerId: 1, button: 0, clientX, clientY }));
  flushSync();
}

/** How many colours a view's canvas shows when it is painted next, which another hovered token makes it do. */
export async function coloursShown(pane: HTMLElement, { selection }: TestContext): Promise<number> {
  selection.hover({ token: at(selection.hovered?.token?.index === 1 ? 2 : 1) });
  flushSync();
  // In the frame of the painting: later a WebGPU canvas can't be read.
  await new Promise(requestAnimationFrame);
  const canvas = must(pane.querySelector('canvas'));
  const copy = new OffscreenCanvas(canvas.width, canvas.height);
  const context = must(copy.getContext('2d'));
  context.drawImage(canvas, 0, 0);
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  return new Set(new Uint32Array(data.buffer)).size;
}
