import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { existsSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findElectron, obtainElectron } from '../../../src/main/launch/obtain-electron.mjs';
import { Machine } from './tools.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'headgate-electron-'));
  mkdirSync(join(root, 'node_modules/electron'), { recursive: true });
  writeFileSync(join(root, 'node_modules/electron/install.js'), '');
});
afterEach(() => rmSync(root, { recursive: true }));

const binary = () => join(root, 'node_modules/electron/dist/electron');

/** What the package's install script leaves. */
function unpack(): boolean {
  mkdirSync(join(root, 'node_modules/electron/dist'), { recursive: true });
  writeFileSync(join(root, 'node_modules/electron/path.txt'), 'electron');
  writeFileSync(binary(), '');
  return true;
}

const machineOf = (programs: ConstructorParameters<typeof Machine>[0]) => {
  const machine = new Machine(programs);
  return { machine, tools: () => ({ ...machine.tools, root, exists: existsSync }) };
};

test('a binary that is there and starts is used as it is', async () => {
  unpack();
  const { machine, tools } = machineOf({ 'electron --version': () => true });
  expect(findElectron(tools())).toBe(binary());
  expect(await obtainElectron(tools())).toBe(binary());
  expect(machine.said).toEqual([]);
});

test('a binary without the libraries it needs counts as none, and is not downloaded again', async () => {
  unpack();
  const { machine, tools } = machineOf({ 'electron --version': () => false });
  expect(await obtainElectron(tools())).toBeNull();
  expect(machine.ran.some((line) => line.includes('install.js'))).toBe(false);
});

test('a path without its file is no binary', () => {
  writeFileSync(join(root, 'node_modules/electron/path.txt'), 'electron');
  expect(findElectron({ root, exists: existsSync })).toBeNull();
});

test('a missing binary is downloaded by the install script', async () => {
  const { machine, tools } = machineOf({ 'install.js': unpack, 'electron --version': () => true });
  expect(await obtainElectron(tools())).toBe(binary());
  expect(machine.ran[0]).toBe(`node ${join(root, 'node_modules/electron/install.js')}`);
  expect(machine.said).toHaveLength(1);
  expect(machine.failed.size).toBe(0);
});

test('a failed download is remembered', async () => {
  const { machine, tools } = machineOf({ 'install.js': () => false });
  expect(await obtainElectron(tools())).toBeNull();
  expect(machine.failed).toEqual(new Set(['electron']));
  expect(await obtainElectron(tools())).toBeNull();
  expect(machine.ran).toHaveLength(1);
});

test('a download that says it worked but left nothing has failed', async () => {
  const { machine, tools } = machineOf({ 'install.js': () => true });
  expect(await obtainElectron(tools())).toBeNull();
  expect(machine.failed).toEqual(new Set(['electron']));
});

test('HEADGATE_NO_DOWNLOAD=1 downloads nothing', async () => {
  const { machine, tools } = machineOf({ 'install.js': unpack });
  machine.env = { HEADGATE_NO_DOWNLOAD: '1' };
  expect(await obtainElectron(tools())).toBeNull();
  expect(machine.ran).toEqual([]);
});
