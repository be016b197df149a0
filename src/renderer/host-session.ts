/** The key that the loopback host asks of every request for data. Electron's host asks for none. */
import { SESSION_FRAGMENT, SESSION_HEADER } from '../common/session-key.ts';

/** In the storage of this page's own origin, port included: a new tab and a reload find it again. */
const STORED = 'headgate-session';

type Fetch = (path: string, init?: RequestInit) => Promise<Response>;

/** What of the page is used; tests have their own. */
export interface PageParts {
  readonly location: Pick<Location, 'hash' | 'pathname' | 'search'>;
  readonly history: Pick<History, 'replaceState'>;
  readonly storage: Pick<Storage, 'getItem' | 'setItem'> | null;
  readonly fetch: Fetch;
}

/**
 * `fetch` with the key: the one in the page's address, which is taken off it, or the one that was kept.
 * Any page can lead a browser here with a wrong key, so that a new one counts only when the host takes it.
 */
export async function sessionFetch(page: PageParts = windowParts()): Promise<Fetch> {
  const { location, history, storage, fetch } = page;
  const kept = storage?.getItem(STORED) ?? null;
  const offered = new URLSearchParams(location.hash.slice(1)).get(SESSION_FRAGMENT);
  if (offered === null) return withKey(fetch, kept);
  history.replaceState(null, '', location.pathname + location.search);
  const accepted = await withKey(
    fetch,
    offered,
  )('/api/state').then(
    ({ ok }) => ok,
    () => false,
  );
  if (!accepted && kept !== null) return withKey(fetch, kept);
  if (accepted) storage?.setItem(STORED, offered);
  return withKey(fetch, offered);
}

function withKey(fetch: Fetch, key: string | null): Fetch {
  if (key === null) return fetch;
  return (path, init = {}) => {
    const headers = new Headers(init.headers);
    headers.set(SESSION_HEADER, key);
    return fetch(path, { ...init, headers });
  };
}

function windowParts(): PageParts {
  const { location, history } = window;
  return { location, history, storage: storageOf(window), fetch: (path, init) => window.fetch(path, init) };
}

/** A browser may be told to keep nothing; then the key lives as long as the page. */
function storageOf(window: Window): Storage | null {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}
