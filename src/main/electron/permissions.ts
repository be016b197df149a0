import { isAppUrl } from './scheme.ts';

/** What the app's page may do without asking: copy to the clipboard, and fill the screen when presenting. */
const GRANTED: readonly string[] = ['clipboard-sanitized-write', 'fullscreen'];

/**
 * Whether a permission is given. All others are refused, and all to pages that are not the app's.
 * @param permission Electron's name of it
 * @param asking address or origin of the page that asks
 */
export function grantsPermission(permission: string, asking: string): boolean {
  return GRANTED.includes(permission) && isAppUrl(asking);
}
