import { request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { serve, type LoopbackHost, type ServeOptions } from '../../../src/main/serve.ts';
import { useLink } from '../../helpers/session.ts';

let hosts: LoopbackHost[] = [];
afterEach(async () => {
  for (const host of hosts) await host.close();
  hosts = [];
});

/** A loopback host over a handler that answers with the path that it was asked for. */
async function start(options: Partial<ServeOptions> = {}): Promise<LoopbackHost> {
  const api = (asked: Request) => Promise.resolve(new Response(new URL(asked.url).pathname));
  const host = await serve({ api, port: 0, ...options });
  hosts.push(host);
  return host;
}

interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

/** A request as it is written, with nothing added or tidied. */
function send(
  host: LoopbackHost,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<Answer> {
  const { hostname, port } = new URL(host.origin);
  return new Promise((resolve, reject) => {
    const outgoing = request({ hostname, port, path, method, headers, agent: false }, (incoming) => {
      let body = '';
      incoming.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      incoming.on('end', () =>
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body }),
      );
    });
    outgoing.on('error', reject).end();
  });
}

/** The path of a new one-use link. */
const linkOf = (host: LoopbackHost, seconds = 60) => host.invite(seconds).slice(host.origin.length);

/** The headers of a page that was opened by a link. */
const sessionOf = async (host: LoopbackHost) => (await useLink(host.invite(60))).headers;

const codeOf = ({ body }: Answer) => (JSON.parse(body) as { code: string }).code;

describe('a link', () => {
  test('leads to the page with the key of the launch, and sets no cookie', async () => {
    const host = await start();
    const link = host.invite(60);
    expect(link).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?token=[A-Za-z0-9_-]{32}$/);
    const { status, headers } = await send(host, link.slice(host.origin.length));
    expect([status, headers['cache-control'], headers['set-cookie']]).toEqual([303, 'no-store', undefined]);
    expect(headers['location']).toMatch(/^\/#session=[A-Za-z0-9_-]{32}$/);
    expect(headers['location']).not.toContain(link.split('token=')[1]);
    expect((await send(host, '/x', await sessionOf(host))).body).toBe('/x');
  });

  test('works once', async () => {
    const host = await start();
    const link = linkOf(host);
    expect((await send(host, link)).status).toBe(303);
    const again = await send(host, link);
    expect([again.status, codeOf(again), again.headers['location']]).toEqual([403, 'not-allowed', undefined]);
    const seen = await send(host, link, { Accept: 'text/html,*/*' });
    expect([seen.status, seen.headers['content-type']]).toEqual([403, 'text/html; charset=utf-8']);
    expect(seen.body).toContain('This link was used already');
  });

  test('is worth nothing after its time, with another token, or for another launch', async () => {
    const [host, other] = [await start(), await start()];
    for (const path of ['/?token=', '/?token=x', linkOf(other), linkOf(host, 0)]) {
      const answer = await send(host, path);
      expect([answer.status, answer.headers['location'], codeOf(answer)]).toEqual([
        403,
        undefined,
        'not-allowed',
      ]);
    }
    expect((await send(host, '/api/state', await sessionOf(other))).status).toBe(403);
  });

  test('is not used up by a look at it', async () => {
    const host = await start();
    const link = linkOf(host);
    await send(host, link, {}, 'HEAD');
    expect((await send(host, link)).status).toBe(303);
  });
});

describe('a window', () => {
  test('waits at an address without a secret, and is sent on to a link', async () => {
    const { opening, ...host } = await start();
    expect(opening.waiting).toBe(`${host.origin}/start`);
    const { status, body } = await send({ opening, ...host }, '/start');
    expect([status, body.includes('<script')]).toEqual([200, false]);
    const { address, headers } = await useLink(opening.address());
    expect((await fetch(new URL('/x', address), { headers })).status).toBe(200);
  });

  test('loads the app’s own files without the key, from wherever it was led to them', async () => {
    const host = await start();
    expect((await send(host, '/', { 'Sec-Fetch-Site': 'cross-site' })).body).toBe('/');
    expect((await send(host, '/assets/index-a_B.js')).body).toBe('/assets/index-a_B.js');
    for (const path of ['/assets/a/b', '/assets/%61', '/%61pi/state', '/api', '//api/state', '/x'])
      expect((await send(host, path)).status, path).toBe(403);
  });

  test('is not locked out by what another port of the machine sets', async () => {
    const host = await start();
    const headers = {
      ...(await sessionOf(host)),
      Cookie: `headgate-${new URL(host.origin).port}=x; session=y`,
    };
    expect((await send(host, '/api/state', headers)).status).toBe(200);
  });
});

describe('the loopback host refuses', () => {
  const expectRefused = async (
    host: LoopbackHost,
    headers: Record<string, string>,
    method = 'GET',
    path = '/api/state',
  ) => {
    const answer = await send(host, path, headers, method);
    expect([answer.status, codeOf(answer)], JSON.stringify(headers)).toEqual([403, 'not-allowed']);
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    expect(answer.headers['x-content-type-options']).toBe('nosniff');
  };

  test('whoever has no key', async () => {
    const host = await start();
    await expectRefused(host, {});
    await expectRefused(host, { 'X-Headgate-Session': 'wrong' });
    const [key = ''] = Object.values(await sessionOf(host));
    await expectRefused(host, { Cookie: `X-Headgate-Session=${key}; session=${key}` });
  });

  test('another name for the machine (DNS rebinding)', async () => {
    const host = await start();
    const session = await sessionOf(host);
    const { port } = new URL(host.origin);
    for (const name of [
      'evil.example',
      `evil.example:${port}`,
      `localhost:${port}`,
      '127.0.0.1',
      `127.0.0.1.evil.example:${port}`,
    ])
      await expectRefused(host, { ...session, Host: name });
  });

  test('the pages of others, also with the key', async () => {
    const host = await start();
    const session = await sessionOf(host);
    for (const Origin of [
      'https://evil.example',
      'http://127.0.0.1:1',
      'null',
      host.origin.replace('http', 'https'),
      `${host.origin}.evil.example`,
    ]) {
      await expectRefused(host, { ...session, Origin });
      await expectRefused(host, { ...session, Origin }, 'POST');
    }
    await expectRefused(host, { ...session, 'Sec-Fetch-Site': 'cross-site' });
    await expectRefused(host, { ...session, 'Sec-Fetch-Site': 'same-site' });
    await expectRefused(host, session, 'DELETE');
    expect((await send(host, '/x', { ...session, Origin: host.origin }, 'DELETE')).status).toBe(200);
  });

  test.each([
    '/../x',
    '/a/../../x',
    '/%2e%2e/x',
    '/%2E./x',
    '/a/%2e%2e%2fx',
    '/..%2fx',
    '/..%5cx',
    '/a%5c..%5cx',
    '/a\\..\\x',
    '/a%00',
    '/..',
    '/.',
  ])('the path %s', async (path) => {
    const host = await start();
    await expectRefused(host, await sessionOf(host), 'GET', path);
  });

  test('a request that names no host', async () => {
    const host = await start();
    const { hostname, port } = new URL(host.origin);
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(Number(port), hostname, () => socket.write('GET / HTTP/1.0\r\n\r\n'));
      let text = '';
      socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      socket.on('close', () => resolve(text));
    });
    expect(answer).toMatch(/^HTTP\/1\.1 403 /);
  });
});

describe('a development server', () => {
  const devOrigin = 'http://127.0.0.1:5173';

  test('is where a link leads to, and may call the host', async () => {
    const host = await start({ devOrigin });
    const { headers } = await send(host, linkOf(host));
    expect(headers['location']).toMatch(/^http:\/\/127\.0\.0\.1:5173\/#session=/);
    const session = await sessionOf(host);
    expect((await send(host, '/x', { ...session, Origin: devOrigin }, 'PUT')).status).toBe(200);
    expect((await send(host, '/x', { ...session, Origin: 'http://127.0.0.1:5174' }, 'PUT')).status).toBe(403);
  });
});

describe('the port', () => {
  test('is on this machine only', async () => {
    const host = await start();
    expect(new URL(host.origin).hostname).toBe('127.0.0.1');
  });

  test('can be chosen; one that is taken is an error', async () => {
    const { port } = new URL((await start()).origin);
    await expect(start({ port: Number(port) })).rejects.toMatchObject({
      code: 'port-unavailable',
      message: expect.stringContaining(port) as unknown,
    });
  });

  test('is free again after close', async () => {
    const first = await serve({ api: () => Promise.resolve(new Response()), port: 0 });
    const port = Number(new URL(first.origin).port);
    await first.close();
    expect(new URL((await start({ port })).origin).port).toBe(String(port));
  });
});
