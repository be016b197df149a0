/** The host: one fetch handler, the same behind Electron's protocol, on loopback, and in tests. */
import { Hono } from 'hono';
import * as v from 'valibot';
import { HeadgateError } from '../../common/error.ts';
import type { Library } from '../library/library.ts';
import type { JobRoutes } from '../jobs/job-session.ts';
import type { SettingsStore } from '../library/settings.ts';
import {
  ApiErrorSchema,
  CaptureHeaderSchema,
  MAX_RANGE,
  JobNotesSchema,
  SettingsChangeSchema,
  type AppState,
  JobSchema,
  type PickResult,
} from '../../common/contract.ts';
import { errorResponse } from './errors.ts';
import { secured } from './headers.ts';
import { bytesBody, checkedCount, checkedId, jsonBody } from './input.ts';
import { rangeResponse } from './ranges.ts';
import { sessionRoutes } from './session-routes.ts';
import type { SessionFiles } from '../library/session-files.ts';
import type { Sessions } from '../library/sessions.ts';
import { staticFile } from './static.ts';

/** What the app begins with. */
export type StartState = Omit<AppState, 'version' | 'host' | 'capabilities' | 'job'>;

export interface ApiOptions {
  readonly version: string;
  readonly host: AppState['host'];
  readonly library: Library;
  readonly settings: SettingsStore;
  /** Null: nothing is kept, such as in a capture. */
  readonly sessions: Sessions | null;
  readonly start: StartState;
  /** The folder of the built renderer; null where something else serves it. */
  readonly renderer: string | null;
  /** Asks the user for a folder and gives its path, null when they cancel. Null: the host has no dialogs. */
  readonly pickFolder: (() => Promise<string | null>) | null;
  /** Sessions in files that the user chooses. Null: the host has no dialogs. */
  readonly sessionFiles: SessionFiles | null;
  /** What a command such as `headgate capture` asks of the renderer. */
  readonly job: JobRoutes | null;
}

export type FetchHandler = (request: Request) => Promise<Response>;

/**
 * The routes of `contract.ts`, and the renderer's files. Never rejects: every error is a response of one shape, and
 * every response carries the security headers.
 */
export function createApi(options: ApiOptions): FetchHandler {
  const app = new Hono();
  app.route('/api', modelRoutes(options));
  app.route('/api', jobRoutes(options));
  app.route('/api', sessionRoutes(options.sessions, options.sessionFiles));
  app.get('/api/state', (c) => c.json(stateOf(options)));
  app.get('/api/settings', (c) => c.json(options.settings.value));
  app.patch('/api/settings', async (c) => {
    await options.settings.change(await jsonBody(SettingsChangeSchema, c.req.raw));
    return c.json(options.settings.value);
  });
  app.all('/api/*', (c) => {
    throw new HeadgateError(
      'not-found',
      `There is no ${c.req.method} ${c.req.path}.`,
      'This is a defect in Headgate, or a request that does not come from it.',
    );
  });
  app.get('*', (c) => {
    if (options.renderer === null)
      throw new HeadgateError('not-found', 'This host serves no pages.', 'Open the address of the app.');
    return staticFile(options.renderer, new URL(c.req.url).pathname);
  });
  app.notFound((c) =>
    errorResponse(
      new HeadgateError('method-not-allowed', `${c.req.method} is not allowed here.`, 'Use GET for files.'),
    ),
  );
  app.onError((error) => errorResponse(error));
  return async (request) => {
    const response = await app.fetch(request);
    // JSON has no cache: it says how things are now.
    if (!response.headers.has('Cache-Control')) response.headers.set('Cache-Control', 'no-store');
    return secured(response);
  };
}

function stateOf({ version, host, pickFolder, sessionFiles, start, job }: ApiOptions): AppState {
  const capabilities = { pickFolder: pickFolder !== null, sessionFiles: sessionFiles !== null };
  return { version, host, capabilities, ...start, job: job !== null };
}

/** A route with an id in its path. */
interface WithId {
  readonly req: { param(name: 'id'): string };
}
const modelId = (c: WithId) => checkedId(c.req.param('id'), 'id of a model');

function modelRoutes({ library, pickFolder }: ApiOptions): Hono {
  const routes = new Hono();
  routes.get('/models', async (c) => c.json(await library.list()));
  routes.post('/models/pick', async (c) => {
    if (pickFolder === null)
      throw new HeadgateError(
        'no-dialog',
        'This host has no folder dialog.',
        'Drop the folder on the window, or name it when you start Headgate.',
      );
    const path = await pickFolder();
    const picked: PickResult = { model: path === null ? null : await library.open(path) };
    return c.json(picked);
  });
  routes.get('/models/:id', async (c) => c.json(await library.detail(modelId(c))));
  routes.delete('/models/:id', async (c) => {
    await library.forget(modelId(c));
    return c.body(null, 204);
  });
  routes.get('/models/:id/files/:file', async (c) =>
    rangeResponse(
      await library.file(modelId(c), checkedId(c.req.param('file'), 'id of a file')),
      c.req.header('Range'),
    ),
  );
  return routes;
}

function jobRoutes({ job, start }: ApiOptions): Hono {
  const routes = new Hono();
  const session = (): JobRoutes => {
    if (job === null)
      throw new HeadgateError(
        'no-job',
        'Headgate was not started for a job.',
        'Start it with headgate capture.',
      );
    return job;
  };
  routes.get('/job', (c) => {
    const request = session().take();
    if (start.startModel === null)
      throw new HeadgateError('not-found', 'There is no model to run.', 'Name a model that can be opened.');
    return c.json(v.parse(JobSchema, { model: start.startModel, ...request }));
  });
  routes.post('/job/begin', async (c) => {
    await session().begin(await jsonBody(CaptureHeaderSchema, c.req.raw));
    return c.body(null, 204);
  });
  routes.put('/job/tensors/:index', async (c) => {
    const index = checkedCount(c.req.param('index'), 'index');
    const offset = checkedCount(c.req.query('offset'), 'offset');
    await session().write(index, offset, await bytesBody(c.req.raw, MAX_RANGE));
    return c.body(null, 204);
  });
  routes.put('/job/output', async (c) => {
    const offset = checkedCount(c.req.query('offset'), 'offset');
    await session().output(offset, await bytesBody(c.req.raw, MAX_RANGE));
    return c.body(null, 204);
  });
  routes.post('/job/notes', async (c) => {
    session().note((await jsonBody(JobNotesSchema, c.req.raw)).notes);
    return c.body(null, 204);
  });
  routes.post('/job/finish', async (c) => {
    await session().finish();
    return c.body(null, 204);
  });
  routes.post('/job/skip', async (c) => {
    await session().skip(await jsonBody(ApiErrorSchema, c.req.raw));
    return c.body(null, 204);
  });
  routes.post('/job/fail', async (c) => {
    await session().fail(await jsonBody(ApiErrorSchema, c.req.raw));
    return c.body(null, 204);
  });
  return routes;
}
