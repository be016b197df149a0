import { expect, test, vi } from 'vitest';
import { developmentPages, developmentServer } from '../../../src/main/electron/development.ts';

test.each([
  ['http://127.0.0.1:5173', false, 'http://127.0.0.1:5173'],
  ['http://127.0.0.1:5173', true, null],
  ['https://example.com', false, null],
  [undefined, false, null],
])('the server %s of an app that is packaged (%s): %s', (address, packaged, expected) => {
  expect(developmentServer(address === undefined ? {} : { ELECTRON_RENDERER_URL: address }, packaged)).toBe(
    expected,
  );
});

test('pages are asked of the server, with a policy that lets it tell of changes', async () => {
  const fetched = vi.fn((_url: URL | RequestInfo) =>
    Promise.resolve(new Response('let a', { status: 200, headers: { 'Content-Type': 'text/javascript' } })),
  );
  const pages = developmentPages('http://127.0.0.1:5173', fetched);
  const response = await pages(new Request('app://headgate/ui/App.svelte?t=1'));
  expect(String(fetched.mock.calls[0]?.[0])).toBe('http://127.0.0.1:5173/ui/App.svelte?t=1');
  expect(await response.text()).toBe('let a');
  expect(response.headers.get('Content-Type')).toBe('text/javascript');
  const policy = response.headers.get('Content-Security-Policy') ?? '';
  expect(policy).toContain("connect-src 'self' ws://127.0.0.1:5173;");
  expect(policy).toContain("script-src 'self';");
});

test('what the server lacks is missing', async () => {
  const pages = developmentPages('http://127.0.0.1:5173', () =>
    Promise.resolve(new Response('no', { status: 404 })),
  );
  expect((await pages(new Request('app://headgate/nothing'))).status).toBe(404);
});
