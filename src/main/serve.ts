/** The loopback composition: the host on 127.0.0.1, for a browser on this machine. */
import { getRequestListener, RequestError } from '@hono/node-server';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FetchHandler } from './api/app.ts';
import { errorResponse } from './api/errors.ts';
import { secured } from './api/headers.ts';
import { HeadgateError } from '../common/error.ts';
import type { Opening } from './launch/opening.ts';
import { createGuard, forbidden, WAITING_PATH, type Guard } from './loopback-guard.ts';

export interface ServeOptions {
  readonly api: FetchHandler;
  /** 0: any that is free. */
  readonly port: number;
  /** The origin of a development server that hands `/api` on to this host. */
  readonly devOrigin?: string;
}

export interface LoopbackHost {
  /**
   * A new address that opens the app, once.
   * @param seconds how long it can be used
   */
  invite(seconds: number): string;
  /** The same for a window that this process opens: its secret stands on no command line. */
  readonly opening: Opening;
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** Ends all connections. */
  close(): Promise<void>;
}

const ADDRESS = '127.0.0.1';

/** Seconds in which an address that was printed can be opened: a day, since a person has to come and do it. */
export const PRINTED_PATIENCE = 24 * 60 * 60;

/** Seconds from the moment when a window is there to its first request. */
const WINDOW_PATIENCE = 30;

/** @throws HeadgateError `port-unavailable` */
export async function serve({ api, port, devOrigin }: ServeOptions): Promise<LoopbackHost> {
  let guard: Guard | null = null;
  const listener = getRequestListener(
    (request, env) => {
      if (guard === null) throw new Error('a request came before the server listened');
      return guard.handle(request, (env.incoming as IncomingMessage).url ?? '');
    },
    { overrideGlobalObjects: false, hostname: ADDRESS, errorHandler: malformed },
  );
  const server = createServer((incoming, outgoing) => void listener(incoming, outgoing));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(unavailable(port, cause)));
    server.listen(port, ADDRESS, resolve);
  });
  const origin = `http://${ADDRESS}:${(server.address() as AddressInfo).port}`;
  const listening = createGuard({ origin, devOrigin: devOrigin ?? null }, api);
  guard = listening;
  return {
    invite: (seconds) => listening.invite(seconds),
    opening: { waiting: origin + WAITING_PATH, address: () => listening.invite(WINDOW_PATIENCE) },
    origin,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** What is no request that a browser would send never becomes one. */
function malformed(error: unknown): Response {
  const refused = error instanceof RequestError ? forbidden('This is not a valid request.') : error;
  return secured(errorResponse(refused));
}

function unavailable(port: number, cause: Error): HeadgateError {
  return new HeadgateError(
    'port-unavailable',
    `Port ${port} of ${ADDRESS} can't be used: ${cause.message}.`,
    'Choose another port, or leave --port out for any that is free.',
    { cause },
  );
}
