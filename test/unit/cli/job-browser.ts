/** A browser for jobs that does not compute. */
import { expect } from 'vitest';
import type { CaptureHeader } from '../../../src/common/contract.ts';
import type { Ending, Page } from '../../../src/main/launch/chromium.ts';
import type { Opening } from '../../../src/main/launch/opening.ts';
import { useLink } from '../../helpers/session.ts';

export const header: CaptureHeader = {
  metadata: { headgate: '1', text: 'hi' },
  tensors: [
    { name: 'hidden_states.0', shape: [2, 2] },
    { name: 'logits', shape: [1] },
  ],
};
export const values = [Float32Array.of(1, 2, 3, 4), Float32Array.of(5)];

/** The host as the page of a browser sees it. */
export interface PageHost {
  call(method: string, path: string, body?: unknown): Promise<Response>;
}

/** A browser that does not compute: what its page does is the test's. */
export function browser(page: (host: PageHost, end: (ending: Ending) => void) => Promise<void> | void) {
  const state = { address: '', closed: 0 };
  const launch = ({ waiting, address }: Opening): Promise<Page> => {
    state.address = waiting;
    let end: (ending: Ending) => void = () => undefined;
    const ended = new Promise<Ending>((resolve) => (end = resolve));
    const { origin } = new URL(waiting);
    let session: Record<string, string> | null = null;
    const host: PageHost = {
      async call(method, path, body) {
        session ??= (await useLink(address())).headers;
        const raw = body instanceof Uint8Array ? new Uint8Array(body) : JSON.stringify(body);
        const init = {
          method,
          headers: { ...session, Origin: origin },
          ...(body === undefined ? {} : { body: raw }),
        };
        return fetch(origin + path, init);
      },
    };
    // A page that is closed loses its host; before that, an error is the test's.
    Promise.resolve(page(host, end)).catch((error: unknown) => {
      if (state.closed === 0) throw error;
    });
    return Promise.resolve({
      ended,
      close() {
        state.closed++;
        end({ how: 'closed', detail: '' });
        return Promise.resolve();
      },
    });
  };
  return { state, launch };
}

export async function expectOk(reply: Promise<Response>): Promise<void> {
  expect((await reply).status).toBe(204);
}

export async function upload(host: PageHost): Promise<void> {
  for (const [index, tensor] of values.entries()) {
    const bytes = new Uint8Array(tensor.buffer);
    for (let offset = 0; offset < bytes.length; offset += 6)
      await expectOk(
        host.call('PUT', `/api/job/tensors/${index}?offset=${offset}`, bytes.slice(offset, offset + 6)),
      );
  }
}
