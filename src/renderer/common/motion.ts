/** Of what moves by itself; shorter than a second. */
const MILLISECONDS = 700;

/**
 * Moves something: calls `step` with 0 … 1, slow at both ends, frame by frame. Where motion is unwelcome, it is there at
 * once. Resolves at the end, and when it is given up.
 */
export async function glide(step: (share: number) => void, signal?: AbortSignal): Promise<void> {
  if (!matchMedia('(prefers-reduced-motion: reduce)').matches) {
    const start = performance.now();
    for (;;) {
      await new Promise(requestAnimationFrame);
      if (signal?.aborted === true) return;
      const at = (performance.now() - start) / MILLISECONDS;
      if (at >= 1) break;
      step(at * at * (3 - 2 * at));
    }
  }
  step(1);
}

/** Between two numbers. */
export function mix(from: number, to: number, share: number): number {
  return from + (to - from) * share;
}
