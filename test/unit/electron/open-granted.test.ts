import { expect, test, vi } from 'vitest';
import type { ModelDetail } from '../../../src/common/contract.ts';
import { openGranted } from '../../../src/main/electron/open-granted.ts';
import { HeadgateError } from '../../../src/common/error.ts';

const library = () => ({ open: vi.fn((_path: string) => Promise.resolve({ id: 'm1' } as ModelDetail)) });

test('a dropped path is opened', async () => {
  const given = library();
  expect(await openGranted(given, '/models/gpt2')).toBe('m1');
  expect(given.open).toHaveBeenCalledWith('/models/gpt2');
});

test.each([null, 7, {}, '', 'headgate-gpt', '../models/gpt2'])('%j is no dropped path', async (path) => {
  const given = library();
  expect(await openGranted(given, path)).toBeNull();
  expect(given.open).not.toHaveBeenCalled();
});

test('a path that is no model gives none; the drop explains it', async () => {
  const open = () => Promise.reject(new HeadgateError('no-model', 'There is no model.', 'Drop one.'));
  expect(await openGranted({ open }, '/models/empty')).toBeNull();
});
