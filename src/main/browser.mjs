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

/** Playwright's cache inside the home folder. @type {Record<string, string>} */
const PLAYWRIGHT_CACHE = { darwin: 'Library/Caches/ms-playwright', win32: 'AppData\\Local\\ms-playwright' };

/** Where the program is inside one of Playwright's builds, by platform and age of the build. */
const PLAYWRIGHT_BUILDS = [
  'chrome-linux64/chrome',
  'chrome-linux/chrome',
  'chrome-mac-arm64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing',
  'chrome-mac-x64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing',
  'chrome-mac/Chromium.app/Contents/MacOS/Chromium',
  'chrome-win64/chrome.exe',
  'chrome-win/chrome.exe',
];

/**
 * Installed Chromium-family browsers, best first. `HEADGATE_CHROMIUM` names the only one to use.
 * @param {NodeJS.ProcessEnv} env
 * @param {string} platform
 * @returns {string[]} paths that exist
 */
export function findBrowsers(env = process.env, platform = process.platform) {
  const named = env['HEADGATE_CHROMIUM'];
  const paths = named ? [named] : [...installed(env, platform), ...playwrightBrowsers(env, platform)];
  return [...new Set(paths)].filter((path) => existsSync(path));
}

/** Where installers put browsers. @param {NodeJS.ProcessEnv} env @param {string} platform @returns {string[]} */
function installed(env, platform) {
  if (platform === 'darwin') return NAMES.darwin;
  if (platform === 'win32') {
    const folders = [env['ProgramFiles'], env['ProgramFiles(x86)'], env['LOCALAPPDATA']];
    return NAMES.win32.flatMap((name) =>
      folders.filter((folder) => folder !== undefined).map((folder) => join(folder, name)),
    );
  }
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return NAMES.linux.flatMap((name) => folders.map((folder) => join(folder, name)));
}

/** Chromium builds that Playwright downloaded earlier, newest first. @param {NodeJS.ProcessEnv} env @param {string} platform @returns {string[]} */
function playwrightBrowsers(env, platform) {
  const cache =
    env['PLAYWRIGHT_BROWSERS_PATH'] ?? join(homedir(), PLAYWRIGHT_CACHE[platform] ?? '.cache/ms-playwright');
  if (!existsSync(cache)) return [];
  const revision = (/** @type {string} */ name) => Number(name.slice('chromium-'.length));
  return readdirSync(cache)
    .filter((name) => /^chromium-\d+$/.test(name))
    .sort((a, b) => revision(b) - revision(a))
    .flatMap((name) => PLAYWRIGHT_BUILDS.map((build) => join(cache, name, build)));
}

/** True when the machine has a GPU that Chromium could use. Only Linux can lack one unnoticed. @param {string} platform */
export function hasGpu(platform = process.platform) {
  if (platform !== 'linux') return true;
  return existsSync('/dev/dri') && readdirSync('/dev/dri').some((name) => name.startsWith('renderD'));
}

/** Timestamps of kernels that are not rounded to 0.1 ms, and the driver's name; the windows show no page but ours. */
const DEVELOPER = '--enable-webgpu-developer-features';

/**
 * After a lost GPU a page may compute again, however often: Chromium would refuse the page from the second time on, and
 * do without a GPU from the third.
 */
const LOSSES = ['--disable-domain-blocking-for-3d-apis', '--disable-gpu-process-crash-limit'];

/**
 * The flags that WebGPU needs: Vulkan on Linux, and without a GPU the SwiftShader adapter, also for its canvases.
 * @param {{ software?: boolean, platform?: string }} options
 * @returns {string[]}
 */
export function webgpuFlags({ platform = process.platform, software = !hasGpu(platform) } = {}) {
  const always = [DEVELOPER, ...LOSSES];
  const vulkan = ['--enable-unsafe-webgpu', '--enable-features=Vulkan', '--ignore-gpu-blocklist', ...always];
  // The page's own pixels are painted by the processor itself: half the time of doing it as a GPU that is emulated.
  if (software)
    return [...vulkan, '--use-vulkan=swiftshader', '--use-angle=swiftshader', '--disable-gpu-rasterization'];
  return platform === 'linux' ? vulkan : always;
}

/**
 * Chromium's flags: quiet, with WebGPU, and without its sandbox where it refuses one (to root).
 * @param {{ software?: boolean }} options `software`: WebGPU runs on the SwiftShader adapter (no GPU needed)
 * @returns {string[]}
 */
export function browserFlags({ software = !hasGpu() } = {}) {
  const root = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return [
    '--no-first-run',
    '--no-default-browser-check',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    ...webgpuFlags({ software }),
    ...root,
  ];
}

/**
 * The flags of a window of the app's own: no tabs, no address bar, and no bars with warnings about the flags.
 * @param {{ url: string, profile: string }} options `profile`: a folder for this window alone
 * @returns {string[]}
 */
export function appWindowFlags({ url, profile }) {
  return [
    ...browserFlags(),
    '--test-type',
    '--hide-crash-restore-bubble',
    '--class=Headgate',
    `--user-data-dir=${profile}`,
    `--app=${url}`,
  ];
}

/**
 * The flags to run a page unseen.
 * @param {{ url: string, profile: string }} options
 * @returns {string[]}
 */
export function headlessFlags({ url, profile }) {
  return [...browserFlags(), '--headless=new', '--mute-audio', `--user-data-dir=${profile}`, url];
}
