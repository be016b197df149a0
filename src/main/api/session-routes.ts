import { Hono } from 'hono';
import { MAX_SESSION, type Sessions } from '../library/sessions.ts';
import { bytesBody, checkedId } from './input.ts';

/** Sessions and the kept window; their texts are the page's. @param sessions null: nothing is kept */
export function sessionRoutes(sessions: Sessions | null): Hono {
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
