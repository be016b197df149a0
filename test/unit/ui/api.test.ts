import { describe, expect, test } from 'vitest';
import { Api } from '../../../src/renderer/api.ts';

const answering = (response: Response) => {
  const calls: { path: string; init: RequestInit | undefined }[] = [];
  const api = new Api((path, init) => {
    calls.push({ path, init });
    return Promise.resolve(response);
  });
  return { api, calls };
};

describe('the host’s client', () => {
  test('passes the host’s own error on', async () => {
    const body = { code: 'missing-file', message: 'No config.json.', hint: 'Add it.' };
    const { api } = answering(Response.json(body, { status: 422 }));
    await expect(api.model('m')).rejects.toMatchObject({ name: 'HeadgateError', ...body });
  });

  test('makes one of an answer that is no such error', async () => {
    const { api } = answering(new Response('<html>', { status: 502 }));
    await expect(api.models()).rejects.toMatchObject({
      code: 'host-error',
      message: expect.stringMatching(/502.*\/api\/models/),
    });
  });

  test('says that the host is gone when the connection breaks', async () => {
    const api = new Api(() => Promise.reject(new TypeError('Failed to fetch')));
    await expect(api.state()).rejects.toMatchObject({ code: 'host-unreachable' });
  });

  test('leaves an abort an abort', async () => {
    const abort = new AbortController();
    abort.abort(new DOMException('stop', 'AbortError'));
    const api = new Api((_, init) => Promise.reject(init?.signal?.reason));
    await expect(api.model('m', abort.signal)).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('asks for bytes with an inclusive range and checks how many came', async () => {
    const { api, calls } = answering(new Response(new Uint8Array([1, 2, 3])));
    expect([...(await api.bytes('m', 'f', 5, 8))]).toEqual([1, 2, 3]);
    expect(new Headers(calls[0]?.init?.headers).get('range')).toBe('bytes=5-7');
    const short = answering(new Response(new Uint8Array([1])));
    await expect(short.api.bytes('m', 'f', 5, 8)).rejects.toMatchObject({ code: 'short-read' });
  });

  test('saves settings in a way that outlives the page when it is told so', async () => {
    const settings = {
      theme: 'dark' as const,
      activationBudgetMiB: 256,
      memoryBudgetMiB: 8192,
      window: {},
      tuning: {},
    };
    const { api, calls } = answering(Response.json(settings));
    await api.changeSettings({ before: {}, after: { theme: 'dark' } }, true);
    expect(calls[0]).toMatchObject({ path: '/api/settings', init: { method: 'PATCH', keepalive: true } });
  });
});
