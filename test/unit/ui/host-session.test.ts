import { expect, test, vi } from 'vitest';
import { sessionFetch, type PageParts } from '../../../src/renderer/host-session.ts';

/** A page at an address with this fragment, whose host takes the key `good`. */
function page(hash: string, kept: string | null) {
  const stored = new Map(kept === null ? [] : [['headgate-session', kept]]);
  const sent: (string | null)[] = [];
  const replaceState = vi.fn();
  const parts: PageParts = {
    location: { hash, pathname: '/', search: '?1' },
    history: { replaceState },
    storage: {
      getItem: (name) => stored.get(name) ?? null,
      setItem: (name, value) => void stored.set(name, value),
    },
    fetch: (_path, init) => {
      const key = new Headers(init?.headers).get('X-Headgate-Session');
      sent.push(key);
      return Promise.resolve(new Response('', { status: key === 'good' ? 200 : 403 }));
    },
  };
  return { parts, sent, stored, replaceState };
}

test.each([
  ['a new key is used and kept', '#session=good', null, 'good', 'good'],
  ['a new key takes the place of an old one', '#session=good', 'old', 'good', 'good'],
  ['after a reload the kept one is used', '', 'good', 'good', 'good'],
  ['a wrong one, from another page, locks nobody out', '#session=evil', 'good', 'good', 'good'],
  ['a wrong one alone is sent and refused, and not kept', '#session=evil', null, 'evil', undefined],
  ['without any, none is sent', '', null, null, undefined],
])('%s', async (_, hash, kept, used, keptThen) => {
  const { parts, sent, stored, replaceState } = page(hash, kept);
  await (
    await sessionFetch(parts)
  )('/api/models', { headers: { Range: 'bytes=0-1' } });
  expect(sent.at(-1)).toBe(used);
  expect(stored.get('headgate-session')).toBe(keptThen);
  // The key does not stay in the address.
  expect(replaceState.mock.calls).toEqual(hash === '' ? [] : [[null, '', '/?1']]);
});

test('a browser that keeps nothing uses the key of the address', async () => {
  const { parts, sent } = page('#session=good', null);
  await (
    await sessionFetch({ ...parts, storage: null })
  )('/api/models');
  expect(sent.at(-1)).toBe('good');
});
