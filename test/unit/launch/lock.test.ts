import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { lock, tryLock } from '../../../src/main/launch/lock.mjs';

let folder = '';
let file = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headgate-lock-'));
  file = join(folder, 'deep', 'a.lock');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The id of a process that has ended. */
const deadPid = () => spawnSync(process.execPath, ['-e', '']).pid;

test('only one holds the lock, and gives it back', () => {
  const unlock = tryLock(file);
  expect(readFileSync(file, 'utf8')).toBe(String(process.pid));
  expect(tryLock(file)).toBeNull();
  unlock?.();
  expect(existsSync(file)).toBe(false);
  expect(tryLock(file)).not.toBeNull();
});

test('a lock whose process has ended is free', () => {
  tryLock(file)?.();
  writeFileSync(file, String(deadPid()));
  expect(tryLock(file)).not.toBeNull();
});

test('a lock that is too old is free, whoever has its process id now', () => {
  tryLock(file);
  expect(tryLock(file, 60_000)).toBeNull();
  utimesSync(file, new Date(), new Date(Date.now() - 61_000));
  expect(tryLock(file, 60_000)).not.toBeNull();
});

test('an empty lock is being written, or was left behind', () => {
  tryLock(file)?.();
  writeFileSync(file, '');
  expect(tryLock(file)).toBeNull();
  utimesSync(file, new Date(), new Date(Date.now() - 10_000));
  expect(tryLock(file)).not.toBeNull();
});

test('waiting ends when the lock is given back, and is told once', async () => {
  const unlock = tryLock(file);
  const waiting = vi.fn(() => setTimeout(() => unlock?.(), 30));
  const again = await lock(file, { waiting, poll: 5 });
  expect(waiting).toHaveBeenCalledTimes(1);
  again();
  expect(existsSync(file)).toBe(false);
});
