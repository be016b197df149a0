import { expect, test } from 'vitest';
import { createApi } from '../../../src/main/api/app.ts';
import { OutputSession } from '../../../src/main/jobs/output-session.ts';

test('what a job tells of its run reaches the command', async () => {
  const session = new OutputSession({ kind: 'views' } as never, (bytes) => Promise.resolve(bytes.length));
  const call = createApi({ job: session } as unknown as Parameters<typeof createApi>[0]);
  const send = async (path: string, method: string, body: unknown) =>
    (
      await call(
        new Request(`http://127.0.0.1/api/job/${path}`, {
          method,
          body: JSON.stringify(body),
          headers: { 'Content-Type': 'application/json' },
        }),
      )
    ).status;
  expect(await send('notes', 'POST', { notes: ['a', 'b'] })).toBe(204);
  expect(await send('notes', 'POST', { notes: [3] })).toBe(400);
  expect(await send('output?offset=0', 'PUT', 'x')).toBe(204);
  expect(await send('finish', 'POST', {})).toBe(204);
  expect(session.notes).toEqual(['a', 'b']);
  // After the end nothing more is taken.
  expect(await send('notes', 'POST', { notes: ['c'] })).toBe(409);
});
