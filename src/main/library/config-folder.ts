import { homedir } from 'node:os';
import { isAbsolute, join, posix, win32 } from 'node:path';

/**
 * The folder of Headgate's settings, where the operating system wants them. `HEADGATE_CONFIG_DIR` comes first.
 * The folder may not be there yet.
 */
export function configFolder(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
  home = homedir(),
): string {
  const own = env['HEADGATE_CONFIG_DIR'];
  if (own !== undefined && own !== '') return own;
  if (platform === 'win32') {
    const appData = env['APPDATA'];
    return appData ? win32.join(appData, 'headgate') : win32.join(home, 'AppData', 'Roaming', 'headgate');
  }
  if (platform === 'darwin') return posix.join(home, 'Library', 'Application Support', 'headgate');
  const xdg = env['XDG_CONFIG_HOME'];
  // The XDG specification says to ignore relative paths.
  return join(xdg !== undefined && isAbsolute(xdg) ? xdg : join(home, '.config'), 'headgate');
}
