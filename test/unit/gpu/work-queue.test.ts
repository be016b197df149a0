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
// First estimated at 10 ms.
const work = { flop: 40e6, bytes: 0 };
const part = { kernel: 'a', work };
const long = { kernel: 'a', work: { flop: 110e6, bytes: 0 } };
const slow = { kernel: 'slow', work };

test('an estimate moves towards what submits of the kernel take, and leaves other kernels alone', async () => {
  const { device, takes } = slowDevice();
  const queue = new WorkQueue(device, true);
  const first = queue.estimate(slow);
  takes(40);
  for (let i = 0; i < 30; i++) {
    queue.submit(commands, [slow]);
    await vi.advanceTimersByTimeAsync(100);
  }
  expect(first).toBeCloseTo(10, 1);
  expect(queue.estimate(slow)).toBeGreaterThan(36);
  expect(queue.estimate(slow)).toBeLessThan(44);
  expect(queue.estimate({ kernel: 'other', work })).toBe(first);
});

test('a submit behind another is timed from when that one was done', async () => {
  const { device, takes } = slowDevice();
  const queue = new WorkQueue(device, true);
  takes(10);
  for (let i = 0; i < 5; i++) queue.submit(commands, [part]);
  await vi.advanceTimersByTimeAsync(100);
  expect(queue.estimate(part)).toBeCloseTo(10, 0);
});

test('there is room when little enough waits on the device', async () => {
  const { device, takes } = slowDevice();
  const queue = new WorkQueue(device, true);
  takes(30);
  await queue.room(30);
  queue.submit(commands, [long]);
  await queue.room(30);
  queue.submit(commands, [long]);
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

test('work that is said to be none does not spoil the estimates', async () => {
  const { device, takes } = slowDevice();
  const queue = new WorkQueue(device, true);
  takes(50);
  queue.submit(commands, [{ kernel: 'a', work: { flop: 0, bytes: 0 } }]);
  await vi.advanceTimersByTimeAsync(100);
  expect(queue.estimate(part)).toBeGreaterThan(0);
});
