import { request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { serve, type LoopbackHost, type ServeOptions } from '../../../src/main/serve.ts';
import { must } from '../../helpers/must.ts';

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

const entryOf = (host: LoopbackHost) => host.address.slice(host.origin.length);

async function cookieOf(host: LoopbackHost): Promise<string> {
  const { headers } = await send(host, entryOf(host));
  return must(headers['set-cookie']?.[0]?.split(';')[0]);
}

const codeOf = ({ body }: Answer) => (JSON.parse(body) as { code: string }).code;

describe('the first address', () => {
  test('exchanges its token for a strict, hidden cookie and leads on without it', async () => {
    const host = await start();
    expect(host.address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?token=[A-Za-z0-9_-]{32}$/);
    const { status, headers } = await send(host, entryOf(host));
    expect([status, headers['location'], headers['cache-control']]).toEqual([303, '/', 'no-store']);
    const [pair = '', ...attributes] = must(headers['set-cookie']?.[0]).split('; ');
    expect(attributes.sort()).toEqual(['HttpOnly', 'Path=/', 'SameSite=Strict']);
    expect(pair).not.toContain(host.address.split('token=')[1]);
    expect((await send(host, '/x', { Cookie: pair })).body).toBe('/x');
  });

  test('works from a link in a web page, whose strict cookies a redirect would not carry', async () => {
    const host = await start();
    const { status, headers, body } = await send(host, entryOf(host), { 'Sec-Fetch-Site': 'cross-site' });
    expect([status, headers['set-cookie']?.length]).toEqual([200, 1]);
    expect(body).toContain('http-equiv="refresh" content="0;url=/"');
    expect(body).not.toContain('token');
  });

  test('is worth nothing with another token, or for another launch', async () => {
    const [host, other] = [await start(), await start()];
    for (const path of ['/?token=', '/?token=x', entryOf(other)]) {
      const answer = await send(host, path);
      expect([answer.status, answer.headers['set-cookie'], codeOf(answer)]).toEqual([
        403,
        undefined,
        'not-allowed',
      ]);
    }
    expect((await send(host, '/', { Cookie: await cookieOf(other) })).status).toBe(403);
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

  test('whoever has no cookie', async () => {
    const host = await start();
    await expectRefused(host, {});
    await expectRefused(host, { Cookie: 'headgate=1; other=2' });
    const [name] = (await cookieOf(host)).split('=');
    await expectRefused(host, { Cookie: `${must(name)}=wrong` });
  });

  test('another name for the machine (DNS rebinding)', async () => {
    const host = await start();
    const Cookie = await cookieOf(host);
    const { port } = new URL(host.origin);
    for (const name of [
      'evil.example',
      `evil.example:${port}`,
      `localhost:${port}`,
      '127.0.0.1',
      `127.0.0.1.evil.example:${port}`,
    ])
      await expectRefused(host, { Cookie, Host: name });
  });

  test('the pages of others, also with the cookie', async () => {
    const host = await start();
    const Cookie = await cookieOf(host);
    for (const Origin of [
      'https://evil.example',
      'http://127.0.0.1:1',
      'null',
      host.origin.replace('http', 'https'),
      `${host.origin}.evil.example`,
    ]) {
      await expectRefused(host, { Cookie, Origin });
      await expectRefused(host, { Cookie, Origin }, 'POST');
    }
    await expectRefused(host, { Cookie, 'Sec-Fetch-Site': 'cross-site' });
    await expectRefused(host, { Cookie, 'Sec-Fetch-Site': 'same-site' });
    await expectRefused(host, { Cookie }, 'DELETE');
    expect((await send(host, '/x', { Cookie, Origin: host.origin }, 'DELETE')).status).toBe(200);
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
    await expectRefused(host, { Cookie: await cookieOf(host) }, 'GET', path);
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

  test('is where the token leads to, and may call the host', async () => {
    const host = await start({ devOrigin });
    const { headers } = await send(host, entryOf(host));
    expect(headers['location']).toBe(`${devOrigin}/`);
    const Cookie = await cookieOf(host);
    expect((await send(host, '/x', { Cookie, Origin: devOrigin }, 'PUT')).status).toBe(200);
    expect((await send(host, '/x', { Cookie, Origin: 'http://127.0.0.1:5174' }, 'PUT')).status).toBe(403);
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
