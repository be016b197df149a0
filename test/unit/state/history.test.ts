import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { History } from '../../../src/renderer/state/session/history.svelte.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

test('steps are undone from the last to the first, and redone', () => {
  const history = new History<string>();
  expect([history.canUndo, history.canRedo, history.undo('a'), history.redo('a')]).toEqual([
    false,
    false,
    null,
    null,
  ]);
  history.step('a');
  history.step('b');
  expect(history.undo('c')).toBe('b');
  expect(history.undo('b')).toBe('a');
  expect([history.canUndo, history.canRedo]).toEqual([false, true]);
  expect(history.redo('a')).toBe('b');
  expect(history.redo('b')).toBe('c');
  expect(history.canRedo).toBe(false);
});

test('a new step forgets what was undone', () => {
  const history = new History<string>();
  history.step('a');
  history.undo('b');
  history.step('a');
  expect(history.redo('c')).toBeNull();
  expect(history.undo('c')).toBe('a');
});

test('a thing that is dragged is one step; after a pause, or with another thing, a new one begins', () => {
  const history = new History<number>();
  history.step(0, 'slider');
  vi.advanceTimersByTime(500);
  history.step(1, 'slider');
  vi.advanceTimersByTime(900);
  history.step(2, 'slider');
  vi.advanceTimersByTime(1100);
  history.step(3, 'slider');
  history.step(4, 'other');
  expect([history.undo(5), history.undo(4), history.undo(3), history.undo(0)]).toEqual([4, 3, 0, null]);
});

test('the oldest steps are forgotten', () => {
  const history = new History<number>();
  for (let i = 0; i < 150; i++) history.step(i);
  let undone = 0;
  while (history.undo(0) !== null) undone++;
  expect(undone).toBe(100);
});
