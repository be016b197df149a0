import { afterEach, expect, test, vi } from 'vitest';
import { glide } from '../../../src/renderer/common/motion.ts';

afterEach(() => vi.unstubAllGlobals());

/** A screen with a frame each 100 ms, on which motion is welcome or not. */
function screen(isWelcome: boolean): void {
  let now = 0;
  vi.stubGlobal('matchMedia', (query: string) => {
    expect(query).toBe('(prefers-reduced-motion: reduce)');
    return { matches: !isWelcome };
  });
  vi.stubGlobal('performance', { now: () => now });
  vi.stubGlobal('requestAnimationFrame', (next: () => void) => {
    now += 100;
    queueMicrotask(next);
  });
}

async function shares(signal?: AbortSignal): Promise<number[]> {
  const seen: number[] = [];
  await glide((share) => seen.push(share), signal);
  return seen;
}

test('what moves gets there within a second, slowly at both ends', async () => {
  screen(true);
  const seen = await shares();
  expect(seen.at(-1)).toBe(1);
  expect(seen.length).toBeGreaterThan(3);
  expect(seen.length).toBeLessThanOrEqual(10);
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  expect(seen[0]).toBeLessThan(0.1);
});

test('where motion is unwelcome it is there at once', async () => {
  screen(false);
  expect(await shares()).toEqual([1]);
});

test('what is given up stays where it is', async () => {
  screen(true);
  expect(await shares(AbortSignal.abort())).toEqual([]);
});
