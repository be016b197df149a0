/** The app's own scheme: its pages have one origin, `app://headgate`, and never a `file:` address. */
import type { CustomScheme } from 'electron';

const SCHEME = 'app';
const HOST = 'headgate';

/** The address of the app's only page. */
export const START_URL = `${SCHEME}://${HOST}/`;

/**
 * What the scheme may do: be an origin of its own, count as secure (WebGPU asks for that), be fetched and streamed.
 * It obeys the content security policy, and has no service workers and no other origins' requests.
 */
export const APP_SCHEME = {
  scheme: SCHEME,
  privileges: {
    standard: true,
    secure: true,
    supportFetchAPI: true,
    stream: true,
    bypassCSP: false,
    corsEnabled: false,
    allowServiceWorkers: false,
    allowExtensions: false,
  },
} as const satisfies CustomScheme;

/** True for addresses of the app itself. Node's parser gives schemes of one's own no origin, so the parts are compared. */
export function isAppUrl(address: string): boolean {
  const url = parseUrl(address);
  return url !== null && isAppHost(url) && url.username === '' && url.password === '';
}

/** True for the address of the app's page, whatever its query and fragment. */
export function isAppPage(address: string): boolean {
  return isAppUrl(address) && parseUrl(address)?.pathname === '/';
}

function isAppHost(url: URL): boolean {
  return url.protocol === `${SCHEME}:` && url.host === HOST;
}

/** An address in parts; null when it is none. */
export function parseUrl(address: string): URL | null {
  return URL.canParse(address) ? new URL(address) : null;
}
