/**
 * A Chromium-family browser: where one is installed, and the flags to start it with. Plain JavaScript without
 * dependencies, since the launcher and the test configs load it before anything is built.
 */
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

const NAMES = {
  linux: [
    'google-chrome-stable',
    'google-chrome',
    'chromium',
    'chromium-browser',
    'microsoft-edge-stable',
    'brave-browser',
  ],
  darwin: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  ],
  win32: ['Google\\Chrome\\Application\\chrome.exe', 'Microsoft\\Edge\\Application\\msedge.exe'],
};

/**
 * The path of an installed Chromium-family browser, or null. `HEADGATE_CHROMIUM` comes first.
 * @param {NodeJS.ProcessEnv} env
 * @returns {string | null}
 */
export function findBrowser(env = process.env, platform = process.platform) {
  if (env['HEADGATE_CHROMIUM']) return existsSync(env['HEADGATE_CHROMIUM']) ? env['HEADGATE_CHROMIUM'] : null;
  return candidates(env, platform).find((path) => existsSync(path)) ?? null;
}

/** @param {NodeJS.ProcessEnv} env @param {string} platform @returns {string[]} */
function candidates(env, platform) {
  if (platform === 'darwin')
    return [...NAMES.darwin, ...playwrightBrowsers(join(homedir(), 'Library/Caches/ms-playwright'))];
  if (platform === 'win32') {
    const folders = [env['ProgramFiles'], env['ProgramFiles(x86)'], env['LOCALAPPDATA']].filter(
      (folder) => folder !== undefined,
    );
    return folders.flatMap((folder) => NAMES.win32.map((name) => join(folder, name)));
  }
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return [
    ...NAMES.linux.flatMap((name) => folders.map((folder) => join(folder, name))),
    ...playwrightBrowsers(join(homedir(), '.cache/ms-playwright')),
  ];
}

/** Browsers that Playwright downloaded earlier, newest first. @param {string} cache @returns {string[]} */
function playwrightBrowsers(cache) {
  if (!existsSync(cache)) return [];
  return readdirSync(cache)
    .filter((name) => name.startsWith('chromium-'))
    .sort()
    .reverse()
    .flatMap((name) => [
      join(cache, name, 'chrome-linux', 'chrome'),
      join(cache, name, 'chrome-linux64', 'chrome'),
      join(cache, name, 'chrome-mac', 'Chromium.app', 'Contents', 'MacOS', 'Chromium'),
    ]);
}

/** True when the machine has a GPU that Chromium could use. Only Linux can lack one unnoticed. */
export function hasGpu(platform = process.platform) {
  if (platform !== 'linux') return true;
  return existsSync('/dev/dri') && readdirSync('/dev/dri').some((name) => name.startsWith('renderD'));
}

/**
 * Chromium's flags. With `software`, WebGPU and its canvases run on the SwiftShader adapter (no GPU needed).
 * @param {{ software?: boolean }} options
 * @returns {string[]}
 */
export function browserFlags({ software = !hasGpu() } = {}) {
  const quiet = [
    '--no-first-run',
    '--no-default-browser-check',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ];
  const webgpu = software
    ? [
        '--enable-unsafe-webgpu',
        '--use-vulkan=swiftshader',
        '--use-angle=swiftshader',
        '--enable-features=Vulkan',
        '--ignore-gpu-blocklist',
      ]
    : process.platform === 'linux'
      ? ['--enable-unsafe-webgpu', '--enable-features=Vulkan', '--ignore-gpu-blocklist']
      : [];
  // Chromium refuses its sandbox to root.
  const root = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return [...quiet, ...webgpu, ...root];
}
