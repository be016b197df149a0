/** The typed client of the host. Routes stand in common/contract.ts. */
import type {
  ApiError,
  AppState,
  CaptureHeader,
  Job,
  KeptWindow,
  ModelDetail,
  ModelSummary,
  PickResult,
  SessionFile,
  SessionSummary,
  Settings,
  SettingsChange,
} from '../common/contract.ts';
import { HeadgateError } from '../common/error.ts';

/** Browsers let requests of 64 KiB outlive a page; characters may have several bytes. */
const MOST_KEPT_ALIVE = 20_000;

type Fetch = (path: string, init?: RequestInit) => Promise<Response>;

/** Every call rejects with an HeadgateError that says what happened, or with the signal's reason when it is aborted. */
export class Api {
  readonly #fetch: Fetch;

  /** @param fetch the page's own, with the host's key (host-session.ts) */
  constructor(fetch: Fetch) {
    this.#fetch = fetch;
  }

  state(): Promise<AppState> {
    return this.#json('GET', '/api/state');
  }

  models(): Promise<ModelSummary[]> {
    return this.#json('GET', '/api/models');
  }

  model(id: string, signal?: AbortSignal): Promise<ModelDetail> {
    return this.#json('GET', `/api/models/${id}`, undefined, signal);
  }

  /** Takes an opened model out of the library; its files stay. */
  async forget(id: string): Promise<void> {
    await this.#call('DELETE', `/api/models/${id}`);
  }

  /** Opens the host's folder dialog; a null model means that the user closed it. */
  pick(): Promise<PickResult> {
    return this.#json('POST', '/api/models/pick');
  }

  /** Bytes [begin, end) of a file, at most MAX_RANGE of them. */
  async bytes(
    model: string,
    file: string,
    begin: number,
    end: number,
    signal?: AbortSignal,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const response = await this.#call('GET', `/api/models/${model}/files/${file}`, {
      headers: { Range: `bytes=${begin}-${end - 1}` },
      ...(signal === undefined ? {} : { signal }),
    });
    const bytes = new Uint8Array(await this.#body(() => response.arrayBuffer(), signal));
    if (bytes.length !== end - begin)
      throw new HeadgateError(
        'short-read',
        `The host sent ${bytes.length} bytes where ${end - begin} were asked for.`,
        'The file may have changed on disk: open the model again.',
      );
    return bytes;
  }

  settings(): Promise<Settings> {
    return this.#json('GET', '/api/settings');
  }

  /** `last`: the page is going away, the request must outlive it. */
  changeSettings(change: SettingsChange, last = false): Promise<Settings> {
    return this.#json('PATCH', '/api/settings', change, undefined, last);
  }

  sessions(): Promise<SessionSummary[]> {
    return this.#json('GET', '/api/sessions');
  }

  session(id: string): Promise<{ readonly text: string }> {
    return this.#json('GET', `/api/sessions/${id}`);
  }

  async saveSession(id: string, text: string): Promise<void> {
    await this.#call('PUT', `/api/sessions/${id}`, { body: text });
  }

  async removeSession(id: string): Promise<void> {
    await this.#call('DELETE', `/api/sessions/${id}`);
  }

  /** Lets the user choose a session's file, by the host's dialog; null: it was closed. */
  openSessionFile(): Promise<(SessionFile & { readonly text: string }) | null> {
    return this.#json('POST', '/api/session-files/open');
  }

  /** Writes a session to a file that the user chooses; null: the dialog was closed. */
  async saveSessionAs(name: string, text: string): Promise<SessionFile | null> {
    const response = await this.#call('POST', `/api/session-files?name=${encodeURIComponent(name)}`, {
      body: text,
    });
    return (await this.#body(() => response.json(), undefined)) as SessionFile | null;
  }

  /** Writes a session to a file that was chosen before. */
  async saveSessionFile(id: string, text: string): Promise<void> {
    await this.#call('PUT', `/api/session-files/${id}`, { body: text });
  }

  keptWindow(): Promise<KeptWindow> {
    return this.#json('GET', '/api/window');
  }

  /** `last`: the page is going away, the request must outlive it, as far as browsers let it. */
  async keepWindow(text: string, last: boolean): Promise<void> {
    await this.#call('PUT', '/api/window', { body: text, keepalive: last && text.length < MOST_KEPT_ALIVE });
  }

  async setWindowAside(): Promise<void> {
    await this.#call('DELETE', '/api/window');
  }

  async setRestoring(restoring: boolean): Promise<void> {
    await this.#call(restoring ? 'PUT' : 'DELETE', '/api/window/restoring');
  }

  job(): Promise<Job> {
    return this.#json('GET', '/api/job');
  }

  async beginJob(header: CaptureHeader): Promise<void> {
    await this.#send('POST', '/api/job/begin', header);
  }

  async sendJobBytes(index: number, offset: number, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    await this.#call('PUT', `/api/job/tensors/${index}?offset=${offset}`, {
      body: bytes,
      headers: { 'Content-Type': 'application/octet-stream' },
    });
  }

  /** The next bytes of what a job gives. */
  async sendJobOutput(offset: number, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    await this.#call('PUT', `/api/job/output?offset=${offset}`, {
      body: bytes,
      headers: { 'Content-Type': 'application/octet-stream' },
    });
  }

  /** Tells what is to be known of a job's run, a sentence each. */
  async noteJob(notes: readonly string[]): Promise<void> {
    await this.#send('POST', '/api/job/notes', { notes });
  }

  async finishJob(): Promise<void> {
    await this.#call('POST', '/api/job/finish');
  }

  /** Of several texts one can't be run: the next is asked for. */
  async skipJob({ code, message, hint }: ApiError): Promise<void> {
    await this.#send('POST', '/api/job/skip', { code, message, hint });
  }

  async failJob({ code, message, hint }: ApiError): Promise<void> {
    await this.#send('POST', '/api/job/fail', { code, message, hint });
  }

  async #json<Reply>(
    method: string,
    path: string,
    body?: unknown,
    signal?: AbortSignal,
    keepalive = false,
  ): Promise<Reply> {
    const response = await this.#send(method, path, body, signal, keepalive);
    return (await this.#body(() => response.json(), signal)) as Reply;
  }

  #send(method: string, path: string, body?: unknown, signal?: AbortSignal, keepalive = false) {
    return this.#call(method, path, {
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
      ...(signal === undefined ? {} : { signal }),
      ...(keepalive ? { keepalive } : {}),
    });
  }

  async #call(method: string, path: string, init: RequestInit = {}): Promise<Response> {
    const response = await this.#body(() => this.#fetch(path, { method, ...init }), init.signal ?? undefined);
    if (response.ok) return response;
    throw await errorOf(response, `${method} ${path}`);
  }

  /** A connection that breaks becomes one clear error; an abort stays an abort. */
  async #body<Value>(read: () => Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
    try {
      return await read();
    } catch (error) {
      signal?.throwIfAborted();
      throw new HeadgateError(
        'host-unreachable',
        'Headgate’s host does not answer: the program that serves this window has ended or is unreachable.',
        'Start Headgate again.',
        { cause: error },
      );
    }
  }
}

/** The host's own words where it sent them. */
async function errorOf(response: Response, request: string): Promise<HeadgateError> {
  const body: unknown = await response.json().catch(() => null);
  if (isApiError(body)) return new HeadgateError(body.code, body.message, body.hint);
  return new HeadgateError(
    'host-error',
    `The host answered ${response.status} to ${request}.`,
    'Start Headgate again; if it stays, please report it with these words.',
  );
}

function isApiError(value: unknown): value is ApiError {
  if (typeof value !== 'object' || value === null) return false;
  const { code, message, hint } = value as Record<string, unknown>;
  return typeof code === 'string' && typeof message === 'string' && typeof hint === 'string';
}
