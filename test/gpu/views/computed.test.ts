import { flushSync } from 'svelte';
import { expect, test } from 'vitest';
import { Computed } from '../../../src/renderer/common/computed.svelte.ts';
import { HeadgateError } from '../../../src/common/error.ts';
import { Wishes } from './wishes.svelte.ts';

interface Wish {
  readonly n: number;
}

/** A computation that a test ends by hand. */
function byHand() {
  const wishes = new Wishes<Wish>();
  const begun: number[] = [];
  const released: number[] = [];
  const ends = new Map<number, { done(): void; fail(error: Error): void; signal: AbortSignal }>();
  const computed = new Computed<Wish, string>(
    () => wishes.now,
    ({ n }, { signal, own }) => {
      begun.push(n);
      own(() => released.push(n));
      return new Promise((resolve, reject) =>
        ends.set(n, { done: () => resolve(`value ${n}`), fail: reject, signal }),
      );
    },
  );
  const ask = (wish: Wish | null | undefined) => {
    wishes.now = wish;
    flushSync();
  };
  const end = (n: number) => ends.get(n);
  return { computed, ask, begun, released, end };
}

test('the newest wish wins, and what was there stays until the new is there', async () => {
  const { computed, ask, begun, released, end } = byHand();
  ask({ n: 1 });
  end(1)?.done();
  expect(await computed.settled()).toBe('value 1');
  for (const n of [2, 3, 4]) ask({ n });
  expect([begun, end(2)?.signal.aborted, computed.value]).toEqual([[1, 2], true, 'value 1']);
  end(2)?.done();
  await expect.poll(() => begun).toEqual([1, 2, 4]);
  expect([computed.current, computed.busy]).toEqual([{ wish: { n: 2 }, value: 'value 2' }, true]);
  await expect.poll(() => released).toEqual([1]);
  end(4)?.done();
  expect(await computed.settled()).toBe('value 4');
  ask({ n: 4 });
  ask(undefined);
  expect([begun, computed.value]).toEqual([[1, 2, 4], 'value 4']);
  ask(null);
  await expect.poll(() => [computed.value, released]).toEqual([null, [1, 2, 4]]);
  computed.close();
});

test('an error is told until the next value, and the wish can be tried again', async () => {
  const { computed, ask, begun, released, end } = byHand();
  ask({ n: 1 });
  end(1)?.fail(new HeadgateError('too-large', 'It is too large.', 'Take less.'));
  await expect(computed.settled()).rejects.toThrow('It is too large.');
  expect([computed.error?.hint, released]).toEqual(['Take less.', [1]]);
  computed.again();
  expect(begun).toEqual([1, 1]);
  end(1)?.done();
  expect([await computed.settled(), computed.error]).toEqual(['value 1', null]);
  ask({ n: 2 });
  end(2)?.fail(new DOMException('The run was disposed of.', 'AbortError'));
  expect([await computed.settled(), computed.error]).toEqual(['value 1', null]);
  // A value of another wish does not stand beside the error.
  ask({ n: 3 });
  end(3)?.fail(new HeadgateError('invalid-values', 'It is not a number.', 'Look elsewhere.'));
  await expect(computed.settled()).rejects.toThrow('It is not a number.');
  expect(computed.value).toBeNull();
  computed.close();
});

test('parts are shown before the whole, and are released once', async () => {
  const wishes = new Wishes<Wish>();
  const released: number[] = [];
  const seen: (readonly number[] | null)[] = [];
  const computed = new Computed<Wish, readonly number[]>(
    () => wishes.now,
    async ({ n }, { own, show, progress }, before) => {
      own(() => released.push(n));
      const parts = [...(before?.value ?? [])];
      for (let part = 0; part < n; part++) {
        await Promise.resolve();
        show([...parts, part]);
        progress(part / n);
        seen.push(computed.value);
        if (n === 3 && part === 1) throw new Error('the second part is torn');
        parts.push(part);
      }
      return parts;
    },
  );
  wishes.now = { n: 2 };
  expect(await computed.settled()).toEqual([0, 1]);
  expect([seen, released, computed.progress]).toEqual([[[0], [0, 1]], [], null]);
  wishes.now = { n: 3 };
  await expect(computed.settled()).rejects.toThrow('torn');
  expect([computed.value, released]).toEqual([null, [2, 3]]);
  computed.close();
});

test('closing ends the work and gives everything back', async () => {
  const { computed, ask, released, end } = byHand();
  ask({ n: 1 });
  end(1)?.done();
  await computed.settled();
  ask({ n: 2 });
  computed.close();
  expect(end(2)?.signal.aborted).toBe(true);
  end(2)?.done();
  await expect.poll(() => [released.toSorted(), computed.value]).toEqual([[1, 2], null]);
  ask({ n: 3 });
  expect(end(3)).toBeUndefined();
});
