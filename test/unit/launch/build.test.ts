import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ensureBuilt, isStale } from '../../../src/main/launch/build.mjs';

let root = '';
beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'headgate-build-'))));
afterEach(() => rmSync(root, { recursive: true }));

/** Writes a file that was last changed `at` seconds after a fixed time; so were the folders above it. */
function put(name: string, at: number): void {
  const path = join(root, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '');
  touch(name, at);
  for (let folder = dirname(name); folder !== '.'; folder = dirname(folder)) touch(folder, at);
}

const touch = (name: string, at: number) => utimesSync(join(root, name), 1e9 + at, 1e9 + at);

function project(): void {
  for (const name of [
    'src/renderer/main.ts',
    'src/shaders/lib/half.wgsl',
    'package.json',
    'electron.vite.config.ts',
  ])
    put(name, 0);
  for (const name of ['out/main/cli.js', 'out/preload/preload.cjs', 'out/renderer/index.html']) put(name, 10);
}

test('what was built after the last change is fresh', () => {
  project();
  expect(isStale(root)).toBe(false);
});

test.each(['out/main/cli.js', 'out/preload/preload.cjs', 'out/renderer/index.html'])(
  'without %s it is stale',
  (name) => {
    project();
    rmSync(join(root, name));
    expect(isStale(root)).toBe(true);
  },
);

test.each(['src/shaders/lib/half.wgsl', 'package.json', 'electron.vite.config.ts'])(
  'a later change of %s makes it stale',
  (name) => {
    project();
    touch(name, 11);
    expect(isStale(root)).toBe(true);
  },
);

test('a removed source makes it stale', () => {
  project();
  rmSync(join(root, 'src/shaders/lib/half.wgsl'));
  expect(isStale(root)).toBe(true);
});

test('a change while it was built makes it stale', () => {
  project();
  touch('out/renderer/index.html', 20);
  touch('src/renderer/main.ts', 15);
  expect(isStale(root)).toBe(true);
});

test('a fresh app is not built', async () => {
  project();
  const build = vi.fn();
  expect(await ensureBuilt(root, { build })).toBe(true);
  expect(build).not.toHaveBeenCalled();
});

test('a packaged app has no sources and is never built', async () => {
  const build = vi.fn();
  expect(await ensureBuilt(root, { build })).toBe(true);
  expect(build).not.toHaveBeenCalled();
});

test('two launches build once; the second waits for the first', async () => {
  put('src/renderer/main.ts', 0);
  let stale = true;
  const said: string[] = [];
  const build = vi.fn(async () => {
    await new Promise((resolve) => setTimeout(resolve, 50));
    stale = false;
    return true;
  });
  const launch = () => ensureBuilt(root, { stale: () => stale, build, say: (line) => said.push(line) });
  expect(await Promise.all([launch(), launch()])).toEqual([true, true]);
  expect(build).toHaveBeenCalledTimes(1);
  expect(said.sort()).toEqual(['Building Headgate…', 'Waiting for another build of Headgate…']);
});

test('a build that fails says so and gives the lock back', async () => {
  put('src/renderer/main.ts', 0);
  const tools = { build: () => Promise.resolve(false), say: () => undefined };
  expect(await ensureBuilt(root, tools)).toBe(false);
  await expect(
    ensureBuilt(root, { ...tools, build: () => Promise.reject(new Error('no disk')) }),
  ).rejects.toThrow('no disk');
  expect(readdirSync(join(root, 'out'))).toEqual([]);
});
