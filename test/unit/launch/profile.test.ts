import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { isSnap, temporaryProfile, windowProfile } from '../../../src/main/launch/profile.ts';

let folder = '';
let program = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headgate-test-'));
  program = join(folder, 'chrome');
  writeFileSync(program, 'ELF');
  vi.stubEnv('HEADGATE_CACHE_DIR', join(folder, 'cache'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

test("a window's profile is kept, and fresh only once", () => {
  const first = windowProfile(program);
  expect(first.path).toBe(join(folder, 'cache', 'profile'));
  expect(first.fresh).toBe(true);
  first.release();
  expect(existsSync(first.path)).toBe(true);
  const second = windowProfile(program);
  expect(second.fresh).toBe(false);
  second.release();
});

test('while one window has it, the next gets a temporary one that is removed', () => {
  const first = windowProfile(program);
  const second = windowProfile(program);
  expect(second.path).not.toBe(first.path);
  writeFileSync(join(second.path, 'data'), '');
  second.release();
  expect(existsSync(second.path)).toBe(false);
  first.release();
});

test('a temporary profile is new each time and removed with what is in it', () => {
  const [one, other] = [temporaryProfile(program), temporaryProfile(program)];
  expect(one.path).not.toBe(other.path);
  mkdirSync(join(one.path, 'Default'));
  one.release();
  expect([existsSync(one.path), existsSync(other.path)]).toEqual([false, true]);
  other.release();
});

test('snaps are told from other browsers', () => {
  const script = join(folder, 'chromium-browser');
  writeFileSync(script, '#!/bin/sh\nexec /snap/bin/chromium "$@"\n');
  chmodSync(script, 0o755);
  writeFileSync(join(folder, 'snap'), '');
  symlinkSync(join(folder, 'snap'), join(folder, 'chromium'));
  expect(isSnap(script)).toBe(true);
  expect(isSnap(join(folder, 'chromium'))).toBe(true);
  expect(isSnap(program)).toBe(false);
});
