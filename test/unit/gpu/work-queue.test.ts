import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { WorkQueue } from '../../../src/renderer/gpu/work-queue.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance', 'setTimeout'] }));
afterEach(() => void vi.useRealTimers());

/** A device on which every submit takes as long as it is told to, one after another. */
function slowDevice() {
  let free = 0;
  let next = 0;
  const queue = {
    submit() {
      free = Math.max(free, performance.now()) + next;
    },
    onSubmittedWorkDone: () => new Promise<void>((resolve) => setTimeout(resolve, free - performance.now())),
  };
  const device = { queue, lost: new Promise(() => undefined) } as unknown as Pick<
    GPUDevice,
    'queue' | 'lost'
  >;
  return { device, takes: (milliseconds: number) => void (next = milliseconds) };
}

const commands = {} as GPUCommandBuffer;
const work = { flop: 40e6, bytes: 0 };

test('an estimate moves towards what submits of the kernel take, and leaves other kernels alone', async () => {
  const { device, takes } = slowDevice();
  const queue = new WorkQueue(device, true);
  const first = queue.estimate('slow', work);
  takes(40);
  for (let i = 0; i < 30; i++) {
    queue.submit(commands, [{ kernel: 'slow', milliseconds: queue.estimate('slow', work) }]);
    await vi.advanceTimersByTimeAsync(100);
  }
  expect(first).toBeCloseTo(10, 1);
  expect(queue.estimate('slow', work)).toBeGreaterThan(36);
  expect(queue.estimate('slow', work)).toBeLessThan(44);
  expect(queue.estimate('other', work)).toBe(first);
});

test('a submit behind another is timed from when that one was done', async () => {
  const { device, takes } = slowDevice();
  const queue = new WorkQueue(device, true);
  takes(10);
  for (let i = 0; i < 5; i++) queue.submit(commands, [{ kernel: 'a', milliseconds: 10 }]);
  await vi.advanceTimersByTimeAsync(100);
  expect(queue.estimate('a', work)).toBeCloseTo(10, 0);
});

test('there is room when little enough waits on the device', async () => {
  const { device, takes } = slowDevice();
  const queue = new WorkQueue(device, true);
  takes(30);
  await queue.room(30);
  queue.submit(commands, [{ kernel: 'a', milliseconds: 30 }]);
  await queue.room(30);
  queue.submit(commands, [{ kernel: 'a', milliseconds: 30 }]);
  let isFree = false;
  void queue.room(30).then(() => (isFree = true));
  await vi.advanceTimersByTimeAsync(29);
  expect(isFree).toBe(false);
  await vi.advanceTimersByTimeAsync(2);
  expect(isFree).toBe(true);
});

test('work that is larger than the room starts on an idle device', async () => {
  const queue = new WorkQueue(slowDevice().device, true);
  await expect(queue.room(1000)).resolves.toBeUndefined();
});
