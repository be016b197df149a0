/** Which host shows the app on this machine. */

/**
 * Whether a window can be shown. Only Linux and its relatives run without a display.
 * @param {NodeJS.ProcessEnv} env
 * @param {string} platform
 */
export function hasDisplay(env = process.env, platform = process.platform) {
  if (platform === 'darwin' || platform === 'win32') return true;
  return Boolean(env['DISPLAY'] || env['WAYLAND_DISPLAY']);
}

/**
 * The host, and the program that shows it. `why` says whether an address is all there is for lack of a display or of a
 * browser.
 * @typedef {{ host: 'electron', program: string } | { host: 'browser', program: string }
 *   | { host: 'address', why: 'no-display' | 'no-browser' }} Choice
 */

/**
 * Electron's window where there is a display, else a browser's, else only the address. Each program is asked for when it
 * is needed, since asking may download it.
 * @param {{ display: boolean, electron: () => Promise<string | null>, browser: () => Promise<string | null> }} machine
 * @returns {Promise<Choice>}
 */
export async function chooseHost({ display, electron, browser }) {
  if (!display) return { host: 'address', why: 'no-display' };
  const own = await electron();
  if (own !== null) return { host: 'electron', program: own };
  const found = await browser();
  return found === null ? { host: 'address', why: 'no-browser' } : { host: 'browser', program: found };
}

/**
 * The program that runs the app unseen, for `headgate capture`: an installed browser, else Electron where it is there
 * and may open a hidden window, else a browser that is obtained.
 * @param {{ display: boolean, installed: () => Promise<string | null>, electron: () => string | null,
 *   browser: () => Promise<string | null> }} machine
 * @returns {Promise<{ host: 'electron' | 'browser', program: string } | null>}
 */
export async function chooseHeadless({ display, installed, electron, browser }) {
  const found = await installed();
  if (found !== null) return { host: 'browser', program: found };
  const own = display ? electron() : null;
  if (own !== null) return { host: 'electron', program: own };
  const obtained = await browser();
  return obtained === null ? null : { host: 'browser', program: obtained };
}
