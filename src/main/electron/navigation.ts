import { isAppPage, isAppUrl, parseUrl } from './scheme.ts';

/** Sites that open in the user's own browser: where models, papers and this project are. */
const EXTERNAL_ORIGINS: readonly string[] = [
  'https://github.com',
  'https://huggingface.co',
  'https://arxiv.org',
  'https://aclanthology.org',
];

/** Whether a window may go to an address: only the app's page again, which is what a reload does. */
export function allowsNavigation(address: string): boolean {
  return isAppPage(address);
}

/** Whether an address may be handed to the operating system: https, of a listed origin, without a user name. */
export function opensOutside(address: string): boolean {
  const url = parseUrl(address);
  return url !== null && url.username === '' && url.password === '' && EXTERNAL_ORIGINS.includes(url.origin);
}

/**
 * Whether a page may load an address at all: the app's own files, and what the page made itself.
 * The content security policy says the same; this holds even where a policy does not reach.
 */
export function allowsRequest(address: string): boolean {
  const url = parseUrl(address);
  if (url === null) return false;
  if (url.protocol === 'data:' || url.protocol === 'devtools:') return true;
  if (url.protocol === 'blob:') return isAppUrl(url.pathname);
  return isAppUrl(address);
}

/** Whether a file may be saved from an address: only what the page itself exports. */
export function allowsDownload(address: string): boolean {
  const url = parseUrl(address);
  return url !== null && (url.protocol === 'blob:' || url.protocol === 'data:') && allowsRequest(address);
}
