import { afterAll, expect, test, vi } from 'vitest';
import { openBesideById } from '../../../src/renderer/state/window/slot-actions.ts';
import { must } from '../../helpers/must.ts';
import { last, opened } from './opened.ts';
import { detail, settle } from './stand-ins.ts';

// What Chromium tells of the machine, in GiB.
vi.stubGlobal('navigator', { deviceMemory: 8 });
afterAll(() => vi.unstubAllGlobals());

test('what a model beside needs of the GPU is said until it is open', async () => {
  const { bench, slots, backend } = await opened();
  const opening = openBesideById(bench, 'b');
  await settle();
  const second = must(slots.find('B'));
  expect(second.quiet).toMatch(/^Slot B needs about .* of GPU memory beside the .* that are held\.$/);
  const model = must(backend.loads.at(-1)).finish();
  await settle();
  last(model).finish();
  await opening;
  await settle();
  expect([second.run?.model.id, second.quiet]).toEqual(['b', null]);
});

test('a model that does not fit beside the others is told before it is opened, and opened where the user wants it', async () => {
  // 5.5 GiB in the file, and 10 GiB on the GPU, where codes of 5 bits take 8.
  const summary = { id: 'b', name: 'B', source: 'bundled', modelType: 'gpt2', bytes: 5.5 * 2 ** 30 } as const;
  const packed = { dtype: 'q5_K', file: '0', begin: 0, end: summary.bytes, turned: false } as const;
  const tensor = {
    name: 'w',
    dtype: 'F32',
    shape: [2 ** 16, 2 ** 17],
    file: '0',
    begin: 0,
    end: 2 ** 35,
  } as const;
  const { bench, slots, backend, notices } = await opened({
    models: () => Promise.resolve([summary]),
    model: (id) =>
      Promise.resolve({ ...detail(id), tensors: [{ ...tensor, shape: [...tensor.shape], packed }] }),
  });
  await openBesideById(bench, 'b');
  expect([slots.list.length, backend.loads.length]).toEqual([1, 1]);
  const notice = must(notices.list[0]);
  expect(notice.error).toMatchObject({ code: 'memory-budget' });
  expect(notice.error.message).toMatch(/^B needs about 10\.7 GB of GPU memory; .* of .* are held already\.$/);
  must(notice.action).run();
  await settle();
  expect([slots.list.length, backend.loads.at(-1)?.id, notices.list]).toEqual([2, 'b', []]);
});
