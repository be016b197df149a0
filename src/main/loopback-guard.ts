/**
 * Who may talk to the loopback host: pages that the host itself served, in a browser that was given the token of this
 * launch. Any page of the web can send requests to 127.0.0.1; none gets past these checks.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { errorResponse } from './api/errors.ts';
import { secured } from './api/headers.ts';
import type { FetchHandler } from './api/app.ts';
import { HeadgateError } from '../common/error.ts';

export interface GuardOptions {
  /** `http://127.0.0.1:PORT`, the one origin of the host. */
  readonly origin: string;
  /** A development server's origin, whose pages may call the host too; pages go there after the token is exchanged. */
  readonly devOrigin: string | null;
}

export interface Guard {
  /** The first address: it carries the token. */
  readonly address: string;
  /**
   * @param target the request's target as it came over the wire, before it was made a URL
   */
  handle(request: Request, target: string): Promise<Response>;
}

const newSecret = () => randomBytes(24).toString('base64url');

export function createGuard({ origin, devOrigin }: GuardOptions, next: FetchHandler): Guard {
  const { host, port } = new URL(origin);
  const token = newSecret();
  // Cookies are shared between the ports of a machine: the name keeps two launches apart.
  const cookieName = `headgate-${port}`;
  const cookie = newSecret();
  const home = devOrigin === null ? '/' : `${devOrigin}/`;

  const answer = async (request: Request, target: string): Promise<Response> => {
    if (leadsOutside(target)) throw forbidden('This path leads out of the app.');
    if (request.headers.get('Host') !== host) throw forbidden('The request is meant for another host.');
    const url = new URL(request.url);
    const isEntry = request.method === 'GET' && url.pathname === '/' && url.searchParams.has('token');
    if (isEntry) {
      if (!isSame(url.searchParams.get('token') ?? '', token))
        throw forbidden('The token in this address is not that of the running app.');
      return entry(request.headers.get('Sec-Fetch-Site'), home, `${cookieName}=${cookie}`);
    }
    checkOrigin(request, [origin, ...(devOrigin === null ? [] : [devOrigin])]);
    if (!isSame(cookieOf(request, cookieName), cookie))
      throw forbidden('This browser has not been given the token of the running app.');
    return next(request);
  };

  return {
    address: `${origin}/?token=${token}`,
    handle: (request, target) =>
      answer(request, target).catch((error: unknown) => secured(errorResponse(error))),
  };
}

/** The cookie for the token, and on to the address without it. */
function entry(site: string | null, home: string, cookie: string): Response {
  const headers = new Headers({
    'Set-Cookie': `${cookie}; Path=/; HttpOnly; SameSite=Strict`,
    'Cache-Control': 'no-store',
  });
  // A strict cookie is not sent on a redirect that began at another site (a link in a web page); our own page may.
  if (site === 'cross-site' || site === 'same-site') {
    headers.set('Content-Type', 'text/html; charset=utf-8');
    const page = `<!doctype html><title>Headgate</title><meta http-equiv="refresh" content="0;url=${home}">`;
    return secured(new Response(page, { headers }));
  }
  headers.set('Location', home);
  return secured(new Response(null, { status: 303, headers }));
}

/** Browsers send an Origin with everything but plain loads, and say where those come from. */
function checkOrigin(request: Request, origins: readonly string[]): void {
  const origin = request.headers.get('Origin');
  const site = request.headers.get('Sec-Fetch-Site');
  const isLoad = request.method === 'GET' || request.method === 'HEAD';
  if (origin === null ? !isLoad : !origins.includes(origin))
    throw forbidden('The request comes from another page.');
  if (origin === null && site !== null && site !== 'same-origin' && site !== 'none')
    throw forbidden('The request comes from another page.');
}

/** Dots that climb, in any spelling; what else is a bad path is seen by whoever serves files. */
function leadsOutside(target: string): boolean {
  const path = target.split(/[?#]/)[0] ?? '';
  const decoded = path.replace(/%2e/gi, '.').replace(/%2f/gi, '/').replace(/%5c/gi, '\\');
  return decoded.includes('\\') || /%00|\0/.test(decoded) || /(^|\/)\.\.?(\/|$)/.test(decoded);
}

function cookieOf(request: Request, name: string): string {
  const cookies = (request.headers.get('Cookie') ?? '').split(/; */);
  return cookies.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1) ?? '';
}

/** Compares secrets in a time that does not tell how much of them is right. */
function isSame(a: string, b: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}

/** The error of a request that the host does not answer. */
export function forbidden(message: string): HeadgateError {
  return new HeadgateError('not-allowed', message, 'Open the address that Headgate printed when it started.');
}
