import { expect, test } from 'vitest';
import { configFolder } from '../../../src/main/library/config-folder.ts';

test.each([
  ['linux', {}, '/home/me/.config/headgate'],
  ['linux', { XDG_CONFIG_HOME: '/xdg' }, '/xdg/headgate'],
  ['linux', { XDG_CONFIG_HOME: 'relative' }, '/home/me/.config/headgate'],
  ['darwin', { XDG_CONFIG_HOME: '/xdg' }, '/home/me/Library/Application Support/headgate'],
  ['win32', { APPDATA: 'C:\\Users\\me\\AppData\\Roaming' }, 'C:\\Users\\me\\AppData\\Roaming\\headgate'],
  ['win32', {}, '\\home\\me\\AppData\\Roaming\\headgate'],
  ['linux', { HEADGATE_CONFIG_DIR: '/mine', XDG_CONFIG_HOME: '/xdg' }, '/mine'],
  ['linux', { HEADGATE_CONFIG_DIR: '' }, '/home/me/.config/headgate'],
] as const)('on %s with %j: %s', (platform, env, folder) => {
  expect(configFolder(env, platform, '/home/me')).toBe(folder);
});
