/**
 * Who may talk to the loopback host: pages that the host itself served, in a browser that was given the key of this
 * launch. Any page of the web can send requests to 127.0.0.1; none gets past these checks.
 *
 * An invitation is an address with a token that works once. It leads to the app's page with the key in the address's
 * fragment, which goes to no server; the page keeps the key in its own origin's storage and sends it as a header with
 * every request for data. There is no cookie: cookies go to every port of the machine, and any port can set them.
 * The app's own files are no secret and need no key.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { SESSION_FRAGMENT, SESSION_HEADER } from '../common/session-key.ts';
import { errorResponse } from './api/errors.ts';
import { secured } from './api/headers.ts';
import type { FetchHandler } from './api/app.ts';
import { HeadgateError } from '../common/error.ts';
import { linkRefusedPage, waitingPage } from './loopback-pages.ts';

export interface GuardOptions {
  /** `http://127.0.0.1:PORT`, the one origin of the host. */
  readonly origin: string;
  /** A development server's origin, whose pages may call the host too; invitations lead there. */
  readonly devOrigin: string | null;
  /** Milliseconds, from any start on. */
  readonly now?: () => number;
}

export interface Guard {
  /**
   * A new address that opens the app, once.
   * @param seconds how long it can be used
   */
  invite(seconds: number): string;
  /**
   * @param target the request's target as it came over the wire, before it was made a URL
   */
  handle(request: Request, target: string): Promise<Response>;
}

/** Where a window waits until it is sent on to an invitation: an address without a secret, for command lines. */
export const WAITING_PATH = '/start';

/** The files that the app's page loads; nothing in them is a secret. Everything else needs the key. */
const APP_FILE = /^\/assets\/[\w.-]+$/;

const newSecret = () => randomBytes(24).toString('base64url');
/** Secrets are compared by their hashes, so that the time tells nothing of how much of a guess is right. */
const hashOf = (text: string) => createHash('sha256').update(text).digest();

export function createGuard(
  { origin, devOrigin, now = () => performance.now() }: GuardOptions,
  next: FetchHandler,
): Guard {
  const { host } = new URL(origin);
  const key = newSecret();
  /** When each open invitation ends, by the hash of its token. */
  const invitations = new Map<string, number>();
  const home = `${devOrigin ?? ''}/#${SESSION_FRAGMENT}=${key}`;

  /** Takes the token: it is worth nothing afterwards. */
  const redeem = (token: string): boolean => {
    const name = hashOf(token).toString('base64');
    const end = invitations.get(name);
    invitations.delete(name);
    return end !== undefined && now() < end;
  };

  const answer = async (request: Request, target: string): Promise<Response> => {
    if (leadsOutside(target)) throw forbidden('This path leads out of the app.');
    if (request.headers.get('Host') !== host) throw forbidden('The request is meant for another host.');
    const url = new URL(request.url);
    const isPage = request.method === 'GET' && (url.pathname === '/' || url.pathname === WAITING_PATH);
    const token = isPage ? url.searchParams.get('token') : null;
    if (token !== null) return redeem(token) ? entry(home) : linkRefused(request);
    if (isPage && url.pathname === WAITING_PATH) return secured(waitingPage());
    // A link in a web page may lead to the app's page, which tells nobody anything.
    if (!isPage) checkOrigin(request, [origin, ...(devOrigin === null ? [] : [devOrigin])]);
    const isOpen = isPage || (request.method === 'GET' && APP_FILE.test(url.pathname));
    if (!isOpen && !isSame(request.headers.get(SESSION_HEADER) ?? '', key))
      throw forbidden('This window has not been given the key of the running app.');
    return next(request);
  };

  return {
    invite(seconds) {
      const token = newSecret();
      invitations.set(hashOf(token).toString('base64'), now() + seconds * 1000);
      return `${origin}/?token=${token}`;
    },
    handle: (request, target) =>
      answer(request, target).catch((error: unknown) => secured(errorResponse(error))),
  };
}

/** On to the address without the token. */
function entry(home: string): Response {
  const headers = { Location: home, 'Cache-Control': 'no-store' };
  return secured(new Response(null, { status: 303, headers }));
}

/** A link that was used or is too old: a page for people, the usual error for everything else. */
function linkRefused(request: Request): Response {
  const error = new HeadgateError(
    'not-allowed',
    'This link was used already, or it is too old, or it belongs to another start of Headgate.',
    'The browser that used it opens the app without the link’s token; for another browser, start Headgate again.',
  );
  const isForPeople = request.headers.get('Accept')?.includes('text/html') ?? false;
  return secured(isForPeople ? linkRefusedPage(error) : errorResponse(error));
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

function isSame(a: string, b: string): boolean {
  return timingSafeEqual(hashOf(a), hashOf(b));
}

/** The error of a request that the host does not answer. */
export function forbidden(message: string): HeadgateError {
  return new HeadgateError(
    'not-allowed',
    message,
    'Open the address that Headgate printed when it started; if it was used already, start Headgate again.',
  );
}
