import { readFile, realpath } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { HeadgateError } from '../../common/error.ts';
import { isInside, isMissing } from '../files/grant.ts';
import { isMemberName } from '../../common/formats/member-name.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.txt': 'text/plain; charset=utf-8',
};

/**
 * A file of the built renderer by the path of a URL; `/` is `index.html`.
 * @throws HeadgateError `not-allowed` for a path that leads outside, `not-found`.
 */
export async function staticFile(root: string, pathname: string): Promise<Response> {
  const name = memberOf(pathname === '/' ? '/index.html' : pathname);
  if (name === null)
    throw new HeadgateError(
      'not-allowed',
      'This path leads out of the app.',
      'Start at the address of the app.',
    );
  const bytes = await readInside(root, name);
  if (bytes === null)
    throw new HeadgateError('not-found', 'The app has no such file.', 'Start at the address of the app.');
  return new Response(bytes, {
    headers: {
      'Content-Type': TYPES[extname(name)] ?? 'application/octet-stream',
      'Content-Length': String(bytes.length),
      'Cache-Control': 'no-cache',
    },
  });
}

/** The path inside the root that a URL's path means; null when it is none. */
function memberOf(pathname: string): string | null {
  try {
    const name = decodeURIComponent(pathname.slice(1));
    // A percent sign that survives could be decoded once more by somebody else.
    return isMemberName(name) && !name.includes('%') ? name : null;
  } catch {
    return null;
  }
}

// Not through FileSource: a packaged app's files are inside an archive, which has no inodes.
async function readInside(root: string, name: string): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    const folder = await realpath(root);
    const path = await realpath(join(folder, name));
    return isInside(folder, path) ? new Uint8Array(await readFile(path)) : null;
  } catch (error) {
    if (isMissing(error) || (error instanceof Error && 'code' in error && error.code === 'EISDIR'))
      return null;
    throw error;
  }
}
