import { expect, test, vi } from 'vitest';
import { Pointed } from '../../../src/renderer/common/pointed.ts';

/** A pointer over named places, whose values come when they are told to. */
function pointing() {
  const pointed = new Pointed();
  const shown: string[] = [];
  const asked: string[] = [];
  const come = new Map<string, () => void>();
  return {
    pointed,
    shown,
    asked,
    to(place: string) {
      const value = () =>
        new Promise<void>((resolve) => {
          asked.push(place);
          come.set(place, resolve);
        });
      pointed.to(value, () => shown.push(place));
    },
    come: (place: string) => come.get(place)?.(),
  };
}

test('a place is shown with its value; of those that were passed meanwhile the newest is read', async () => {
  const { shown, asked, to, come } = pointing();
  to('a');
  to('b');
  to('c');
  expect([asked, shown]).toEqual([['a'], []]);
  come('a');
  await vi.waitFor(() => expect(asked).toEqual(['a', 'c']));
  come('c');
  await vi.waitFor(() => expect(shown).toEqual(['a', 'c']));
});

test('what the pointer has left is not shown', async () => {
  const { pointed, shown, asked, to, come } = pointing();
  to('a');
  pointed.away();
  to('b');
  come('a');
  await vi.waitFor(() => expect(asked).toEqual(['a', 'b']));
  come('b');
  await vi.waitFor(() => expect(shown).toEqual(['b']));
});

test('a key shows the newest place at once, and once', async () => {
  const { pointed, shown, asked, to, come } = pointing();
  to('a');
  to('b');
  pointed.now();
  expect(shown).toEqual(['b']);
  come('a');
  to('c');
  await vi.waitFor(() => expect(asked).toEqual(['a', 'c']));
  pointed.now();
  come('c');
  pointed.now();
  expect(shown).toEqual(['b', 'c']);
});

test('a value that fails or does not come does not hold up its place', async () => {
  const { pointed, shown, to } = pointing();
  pointed.to(
    () => Promise.reject(new Error('no')),
    () => shown.push('failed'),
  );
  await vi.waitFor(() => expect(shown).toEqual(['failed']));
  to('late');
  await vi.waitFor(() => expect(shown).toEqual(['failed', 'late']), { timeout: 20_000 });
});
