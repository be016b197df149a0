/** The two pages that the loopback host makes itself. They run nothing and load nothing. */
import type { ApiError } from '../common/contract.ts';

const HEADERS = { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' };

function page(body: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="color-scheme" content="dark light"><title>Headgate</title>${body}</html>`;
}

/** An empty page. A user who comes back to it is sent on to the app; a window that is being opened leaves it before. */
export function waitingPage(): Response {
  return new Response(page(''), { headers: { ...HEADERS, Refresh: '20;url=/' } });
}

/** Why a link does not open the app, and the way to a window that it opened earlier. */
export function linkRefusedPage({ message, hint }: ApiError): Response {
  const body = `<h1>Headgate</h1><p>${message}</p><p>${hint}</p><p><a href="/">Open the app without the token</a></p>`;
  return new Response(page(body), { status: 403, headers: HEADERS });
}
