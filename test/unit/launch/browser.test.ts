import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  appWindowFlags,
  browserFlags,
  findBrowsers,
  headlessFlags,
  webgpuFlags,
} from '../../../src/main/browser.mjs';

let folder = '';
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'headgate-browser-'))));
afterEach(() => rmSync(folder, { recursive: true }));

function put(name: string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '');
  return path;
}

const env = (more: NodeJS.ProcessEnv = {}) => ({
  PATH: join(folder, 'bin'),
  PLAYWRIGHT_BROWSERS_PATH: join(folder, 'playwright'),
  ...more,
});

test('installed browsers come before downloaded ones, the newest download first', () => {
  const old = put('playwright/chromium-999/chrome-linux/chrome');
  const recent = put('playwright/chromium-1255/chrome-linux64/chrome');
  put('playwright/chromium_headless_shell-1300/chrome-linux64/chrome');
  expect(findBrowsers(env(), 'linux')).toEqual([recent, old]);
  const chromium = put('bin/chromium');
  const chrome = put('bin/google-chrome-stable');
  expect(findBrowsers(env(), 'linux')).toEqual([chrome, chromium, recent, old]);
});

test('without any browser there is none', () => {
  expect(findBrowsers(env(), 'linux')).toEqual([]);
});

test('HEADGATE_CHROMIUM is the only browser, there or not', () => {
  put('bin/chromium');
  const own = put('own');
  expect(findBrowsers(env({ HEADGATE_CHROMIUM: own }), 'linux')).toEqual([own]);
  expect(findBrowsers(env({ HEADGATE_CHROMIUM: join(folder, 'gone') }), 'linux')).toEqual([]);
});

test('on Windows the programs folders are looked through', () => {
  const edge = put(join('x86', 'Microsoft\\Edge\\Application\\msedge.exe'));
  expect(findBrowsers(env({ 'ProgramFiles(x86)': join(folder, 'x86') }), 'win32')).toEqual([edge]);
});

test('WebGPU needs flags on Linux, and SwiftShader without a GPU', () => {
  const always = [
    '--enable-webgpu-developer-features',
    '--disable-domain-blocking-for-3d-apis',
    '--disable-gpu-process-crash-limit',
  ];
  const vulkan = ['--enable-unsafe-webgpu', '--enable-features=Vulkan', '--ignore-gpu-blocklist', ...always];
  const software = ['--use-vulkan=swiftshader', '--use-angle=swiftshader', '--disable-gpu-rasterization'];
  expect(webgpuFlags({ platform: 'linux', software: false })).toEqual(vulkan);
  expect(webgpuFlags({ platform: 'linux', software: true })).toEqual([...vulkan, ...software]);
  expect(webgpuFlags({ platform: 'darwin', software: false })).toEqual(always);
  expect(browserFlags({ software: true })).toEqual(expect.arrayContaining([...vulkan, ...software]));
});

test('an app window has a profile of its own and no tabs', () => {
  const flags = appWindowFlags({ url: 'http://127.0.0.1:1/?token=t', profile: '/p' });
  expect(flags).toEqual(expect.arrayContaining(['--app=http://127.0.0.1:1/?token=t', '--user-data-dir=/p']));
  expect(flags.some((flag) => flag.startsWith('--headless'))).toBe(false);
  expect(flags.some((flag) => flag.startsWith('--remote-debugging-port'))).toBe(false);
});

test('an unseen page is headless, and its address comes last', () => {
  const flags = headlessFlags({ url: 'http://127.0.0.1:1/', profile: '/p' });
  expect(flags).toEqual(expect.arrayContaining(['--headless=new', '--user-data-dir=/p']));
  expect(flags.at(-1)).toBe('http://127.0.0.1:1/');
});

test("only root goes without Chromium's sandbox", () => {
  expect(browserFlags().includes('--no-sandbox')).toBe(process.getuid?.() === 0);
});
