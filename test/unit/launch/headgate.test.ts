import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

/** A packaged copy of the launcher, without sources, over a command line that tells what it was given. */
let root = '';
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'headgate-launcher-')));
  cpSync('src/main/headgate.mjs', join(root, 'src/main/headgate.mjs'));
  cpSync('src/main/launch', join(root, 'src/main/launch'), { recursive: true });
  writeFileSync(join(root, 'package.json'), '{"type":"module"}');
  mkdirSync(join(root, 'out/main'), { recursive: true });
  mkdirSync(join(root, 'elsewhere'));
  const main =
    'export async function main(args) { console.log(JSON.stringify([process.cwd(), args])); return args.length; }';
  writeFileSync(join(root, 'out/main/cli.js'), main);
});
afterEach(() => rmSync(root, { recursive: true }));

function launch(args: string[], env: NodeJS.ProcessEnv = {}, cwd = root) {
  const clean = { ...process.env, npm_lifecycle_event: '', INIT_CWD: '', ...env };
  return spawnSync(process.execPath, [join(root, 'src/main/headgate.mjs'), ...args], {
    cwd,
    env: clean,
    encoding: 'utf8',
  });
}

test('the command line gets the arguments, and its result is the exit status', () => {
  const { status, stdout, stderr } = launch(['inspect', 'a model']);
  expect(JSON.parse(stdout)).toEqual([root, ['inspect', 'a model']]);
  expect(status).toBe(2);
  expect(stderr).toBe('');
});

test('under npm, paths are relative to where the user is', () => {
  const elsewhere = join(root, 'elsewhere');
  const env = { npm_lifecycle_event: 'headgate', INIT_CWD: elsewhere };
  expect(JSON.parse(launch([], env).stdout)[0]).toBe(elsewhere);
});

test('a test under npm that starts it is not moved', () => {
  const elsewhere = join(root, 'elsewhere');
  expect(JSON.parse(launch([], { npm_lifecycle_event: 'test', INIT_CWD: elsewhere }).stdout)[0]).toBe(root);
  const nested = launch([], { npm_lifecycle_event: 'start', INIT_CWD: root }, elsewhere);
  expect(JSON.parse(nested.stdout)[0]).toBe(elsewhere);
});

test('sources without packages: one line that says what to run', () => {
  mkdirSync(join(root, 'src/renderer'));
  const { status, stdout, stderr } = launch([]);
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr.trim()).toBe("Headgate's packages are not installed: run npm ci first.");
});

test('a build that fails ends it with status 1; stdout stays clean', () => {
  mkdirSync(join(root, 'src/renderer'));
  mkdirSync(join(root, 'node_modules/electron-vite/bin'), { recursive: true });
  writeFileSync(
    join(root, 'node_modules/electron-vite/bin/electron-vite.js'),
    'console.log("no such module"); process.exit(1)',
  );
  const { status, stdout, stderr } = launch(['inspect']);
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr.split('\n').filter(Boolean)).toEqual([
    'no such module',
    'Headgate could not be built; the lines above say why.',
  ]);
});
