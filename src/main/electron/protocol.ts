import type { FetchHandler } from '../api/app.ts';
import { errorResponse } from '../api/errors.ts';
import { secured } from '../api/headers.ts';
import { HeadgateError } from '../../common/error.ts';
import { isAppUrl, parseUrl } from './scheme.ts';

/** A request as `protocol.handle` gives it. Electron adds who began it; absent: the browser itself. */
export type SchemeRequest = Request & { readonly initiatorOrigin?: string | null };

/**
 * The handler behind `app:`: the host's own, for the app's pages only.
 * @param api answers `/api` and, without `pages`, the app's files
 * @param pages answers all else, in development
 */
export function schemeHandler(
  api: FetchHandler,
  pages: FetchHandler | null,
): (request: SchemeRequest) => Promise<Response> {
  return async (request) => {
    if (!isAppUrl(request.url)) return refusal('This address is not the app’s.');
    const by = request.initiatorOrigin;
    if (by !== undefined && (by === null || !isAppUrl(by)))
      return refusal('The request comes from another page.');
    const isApi = parseUrl(request.url)?.pathname.startsWith('/api/') ?? false;
    return isApi || pages === null ? api(request) : pages(request);
  };
}

function refusal(message: string): Response {
  return secured(errorResponse(new HeadgateError('not-allowed', message, 'Use the app’s own window.')));
}
