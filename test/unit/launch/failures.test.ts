import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { failures } from '../../../src/main/launch/failures.mjs';

const HOUR = 60 * 60 * 1000;
let folder = '';
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'headgate-failures-'))));
afterEach(() => rmSync(folder, { recursive: true }));

test('a failure is recent for a day, also for the next start', () => {
  const file = join(folder, 'deep', 'list.json');
  failures(file, () => 1000).remember('electron');
  expect(failures(file, () => 1000 + 23 * HOUR).recent('electron')).toBe(true);
  expect(failures(file, () => 1000 + 24 * HOUR).recent('electron')).toBe(false);
  expect(failures(file, () => 1000).recent('other')).toBe(false);
});

test('a clock that was set back does not keep a failure', () => {
  const file = join(folder, 'list.json');
  failures(file, () => 5 * HOUR).remember('electron');
  expect(failures(file, () => HOUR).recent('electron')).toBe(false);
});

test('one failure is forgotten and the others stay', () => {
  const list = failures(join(folder, 'list.json'), () => 1);
  list.remember('a');
  list.remember('b');
  list.forget('a');
  expect([list.recent('a'), list.recent('b')]).toEqual([false, true]);
});

test.each(['', '[', 'null', '7', '{"electron":"soon"}'])('a list that reads %j is empty', (text) => {
  const file = join(folder, 'list.json');
  writeFileSync(file, text);
  const list = failures(file);
  expect(list.recent('electron')).toBe(false);
  list.remember('electron');
  expect(list.recent('electron')).toBe(true);
});

test('a folder that cannot be written to is no error', () => {
  writeFileSync(join(folder, 'file'), '');
  const list = failures(join(folder, 'file', 'list.json'));
  list.remember('electron');
  expect(list.recent('electron')).toBe(false);
});
