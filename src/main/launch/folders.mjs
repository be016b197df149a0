/** Folders of this user that Headgate writes to, outside the project. */
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Where things are kept that can be made again: browser profiles, notes about failed downloads.
 * `HEADGATE_CACHE_DIR` names another folder.
 * @param {NodeJS.ProcessEnv} env
 * @param {string} platform
 */
export function cacheFolder(env = process.env, platform = process.platform) {
  if (env['HEADGATE_CACHE_DIR']) return env['HEADGATE_CACHE_DIR'];
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'Headgate');
  if (platform === 'win32')
    return join(env['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local'), 'Headgate', 'Cache');
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'headgate');
}
