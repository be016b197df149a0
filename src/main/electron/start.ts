import { parseUrl } from './scheme.ts';

/** What the app was started with. */
export interface Start {
  /** Further models, each for a slot of its own. */
  readonly beside?: readonly string[];
  /** Path of a session to open. */
  readonly session?: string;
  /** The window as it was last is not brought back. */
  readonly fresh?: boolean;
  /** Path or name of a model; null when none was named. */
  readonly model: string | null;
  /**
   * Address of a loopback host whose page runs unseen, for `headgate capture`; null for the app itself. It holds no
   * secret: the launcher sends that over the channel.
   */
  readonly hidden: string | null;
}

/** What Electron tells the launcher when its window is there. */
export const WINDOW_OPEN = 'window-open';

const MODEL = '--headgate-model=';
const BESIDE = '--headgate-beside=';
const SESSION = '--headgate-session=';
const FRESH = '--headgate-fresh';
const HIDDEN = '--headgate-hidden=';

/** The arguments that make `parseStart` give this start. */
export function startArguments({ model, hidden, beside = [], session, fresh = false }: Start): string[] {
  return [
    ...(model === null ? [] : [MODEL + model]),
    ...beside.map((one) => BESIDE + one),
    ...(session === undefined ? [] : [SESSION + session]),
    ...(fresh ? [FRESH] : []),
    ...(hidden === null ? [] : [HIDDEN + hidden]),
  ];
}

/**
 * Reads Electron's command line. The launcher names things with switches; a packaged app also takes a path alone, as
 * file managers give it.
 */
export function parseStart(argv: readonly string[], packaged: boolean): Start {
  const named = (prefix: string) =>
    argv.find((word) => word.startsWith(prefix))?.slice(prefix.length) ?? null;
  const bare = packaged ? (argv.slice(1).find((word) => !word.startsWith('-')) ?? null) : null;
  const hidden = named(HIDDEN);
  const beside = argv.filter((word) => word.startsWith(BESIDE)).map((word) => word.slice(BESIDE.length));
  const isSession = bare?.toLowerCase().endsWith('.headgate') === true;
  const session = named(SESSION) ?? (isSession ? bare : null);
  return {
    model: named(MODEL) ?? (isSession ? null : bare),
    hidden: hidden !== null && isLoopback(hidden) ? hidden : null,
    ...(beside.length === 0 ? {} : { beside }),
    ...(session === null ? {} : { session }),
    ...(argv.includes(FRESH) ? { fresh: true } : {}),
  };
}

/**
 * The address that the launcher sent for a hidden window.
 * @throws Error when it is none of the host that the start names
 */
export function hiddenAddress(message: unknown, waiting: string): string {
  const url = typeof message === 'string' ? parseUrl(message) : null;
  if (url === null || !isLoopback(url.href) || url.origin !== parseUrl(waiting)?.origin)
    throw new Error('The launcher sent no address of its own host.');
  return url.href;
}

/** True for addresses of this machine only. */
export function isLoopback(address: string): boolean {
  const url = parseUrl(address);
  return url !== null && url.protocol === 'http:' && url.hostname === '127.0.0.1';
}
