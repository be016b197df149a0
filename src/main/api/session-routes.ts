import { Hono } from 'hono';
import { MAX_SESSION, type Sessions } from '../library/sessions.ts';
import { HeadgateError } from '../../common/error.ts';
import type { SessionFiles } from '../library/session-files.ts';
import { bytesBody, checkedId } from './input.ts';

/**
 * Sessions and the kept window; their texts are the page's.
 * @param sessions null: nothing is kept
 * @param files null: the host has no dialogs
 */
export function sessionRoutes(sessions: Sessions | null, files: SessionFiles | null): Hono {
  const routes = new Hono();
  const text = async (request: Request) => new TextDecoder().decode(await bytesBody(request, MAX_SESSION));
  const nameOf = (c: { readonly req: { param(name: 'id'): string } }) =>
    checkedId(c.req.param('id'), 'name of a session');
  routes.get('/sessions', async (c) => c.json((await sessions?.list()) ?? []));
  routes.get('/sessions/:id', async (c) => c.json({ text: (await sessions?.read(nameOf(c))) ?? null }));
  routes.put('/sessions/:id', async (c) => {
    await sessions?.save(nameOf(c), await text(c.req.raw));
    return c.body(null, 204);
  });
  routes.delete('/sessions/:id', async (c) => {
    await sessions?.remove(nameOf(c));
    return c.body(null, 204);
  });
  const withDialogs = (): SessionFiles => {
    if (files === null)
      throw new HeadgateError(
        'no-dialog',
        'This host has no dialogs for files.',
        'Drop the session on the window, or save it as a download.',
      );
    return files;
  };
  routes.post('/session-files/open', async (c) => c.json(await withDialogs().open()));
  routes.post('/session-files', async (c) => {
    const name = checkedId(c.req.query('name') ?? '', 'name of a session');
    return c.json(await withDialogs().saveAs(name, await text(c.req.raw)));
  });
  routes.put('/session-files/:id', async (c) => {
    await withDialogs().save(checkedId(c.req.param('id'), 'id of a file'), await text(c.req.raw));
    return c.body(null, 204);
  });
  routes.get('/window', async (c) =>
    c.json({
      named: (await sessions?.readNamed()) ?? null,
      last: (await sessions?.readWindow()) ?? null,
      crashed: (await sessions?.isRestoring()) ?? false,
    }),
  );
  routes.put('/window', async (c) => {
    await sessions?.saveWindow(await text(c.req.raw));
    return c.body(null, 204);
  });
  routes.delete('/window', async (c) => {
    await sessions?.setWindowAside();
    return c.body(null, 204);
  });
  routes.put('/window/restoring', async (c) => {
    await sessions?.setRestoring(true);
    return c.body(null, 204);
  });
  routes.delete('/window/restoring', async (c) => {
    await sessions?.setRestoring(false);
    return c.body(null, 204);
  });
  return routes;
}
