import { SESSION_FRAGMENT, SESSION_HEADER } from '../../src/common/session-key.ts';
import { must } from './must.ts';

/** Uses a host's one-use link up, as a browser would: where it leads, and the headers that its page then sends. */
export async function useLink(link: string): Promise<{ address: URL; headers: Record<string, string> }> {
  const entry = await fetch(link, { redirect: 'manual' });
  const address = new URL(must(entry.headers.get('location')), link);
  const key = must(new URLSearchParams(address.hash.slice(1)).get(SESSION_FRAGMENT));
  return { address, headers: { [SESSION_HEADER]: key } };
}
