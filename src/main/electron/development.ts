/** `npm run dev`: the renderer comes from Vite's development server, under the app's own origin. */
import type { FetchHandler } from '../api/app.ts';
import { CONTENT_SECURITY_POLICY, secured } from '../api/headers.ts';
import { isLoopback } from './start.ts';

/** The development server's address; null in a packaged app, and for an address of another machine. */
export function developmentServer(env: NodeJS.ProcessEnv, packaged: boolean): string | null {
  const address = env['ELECTRON_RENDERER_URL'];
  return !packaged && address !== undefined && isLoopback(address) ? address : null;
}

/** Hands requests for the app's files on to the development server, whose styles stand in the page. */
export function developmentPages(server: string, fetchIt: typeof fetch = fetch): FetchHandler {
  const policy = CONTENT_SECURITY_POLICY.replace(
    "style-src 'self'",
    "style-src 'self' 'unsafe-inline'",
  ).replace("connect-src 'self'", `connect-src 'self' ${server.replace(/^http/, 'ws').replace(/\/$/, '')}`);
  return async (request) => {
    const { pathname, search } = new URL(request.url);
    const answer = await fetchIt(new URL(pathname + search, server), {
      headers: { Accept: acceptOf(request) },
    });
    const headers = new Headers({ 'Content-Type': answer.headers.get('Content-Type') ?? 'text/plain' });
    const response = secured(new Response(await answer.arrayBuffer(), { status: answer.status, headers }));
    response.headers.set('Content-Security-Policy', policy);
    return response;
  };
}

function acceptOf(request: Request): string {
  return request.headers.get('Accept') ?? '*/*';
}
