/** A Chromium process with one page, held by a pipe: it ends with its page, and with this process. */
import { spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

/** How a page's process came to its end. */
export interface Ending {
  /** `closed`: by the user or by us; `crashed`: the page died; `failed`: the program never showed a page. */
  readonly how: 'closed' | 'crashed' | 'failed';
  /** The last thing that the program said, for `failed`. */
  readonly detail: string;
}

/** A running page. */
export interface Page {
  /** Resolves when the process has ended. Never rejects. */
  readonly ended: Promise<Ending>;
  /** Ends the process and waits for that; by force when it does not end in time. */
  close(): Promise<void>;
}

/** Milliseconds that Chromium has to end after it was asked to. */
const PATIENCE = 5000;

/** A message of the DevTools protocol, as far as it is used here. */
interface Message {
  readonly id?: number;
  readonly result?: { readonly sessionId?: string };
  readonly method?: string;
  readonly params?: { readonly targetId?: string; readonly targetInfo?: { targetId: string; type: string } };
}

export interface ChromiumOptions {
  /** End when the page dies; without it the user may reload the page. */
  readonly endOnCrash?: boolean;
  /** Where the first page is sent on to when it is there; asked for then. Null: it stays where it is. */
  readonly address?: (() => string) | null;
}

/**
 * Starts Chromium. The DevTools protocol on its pipe (no port is opened) tells when the last page is gone, which does
 * not end the program on macOS; and Chromium ends by itself when the pipe breaks, so it never outlives this process.
 * @param program path of the browser
 * @param flags see browser.mjs; an address to open among them
 */
export function startChromium(
  program: string,
  flags: readonly string[],
  { endOnCrash = false, address = null }: ChromiumOptions = {},
): Page {
  const child = spawn(program, ['--remote-debugging-pipe', ...flags], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
  });
  const [, , errors, commands, messages] = child.stdio as [null, null, Readable, Writable, Readable];
  let lastWords = '';
  let opened = false;
  let crashed = false;
  let closing = false;
  const pages = new Set<string>();

  let id = 0;
  /** What to do with the answers that somebody waits for, by the id of the question. */
  const waiting = new Map<number, (result: Message['result']) => void>();
  const send = (method: string, params: object = {}, sessionId?: string) => {
    commands.write(`${JSON.stringify({ id: ++id, method, params, sessionId })}\0`);
    return id;
  };

  /** The page goes on to an address that only this pipe carries, and not back to where it waited. */
  const sendOn = (targetId: string, url: string) =>
    waiting.set(send('Target.attachToTarget', { targetId, flatten: true }), (attached) => {
      const sessionId = attached?.sessionId;
      waiting.set(send('Page.navigate', { url }, sessionId), () => {
        send('Page.resetNavigationHistory', {}, sessionId);
        send('Target.detachFromTarget', { sessionId });
      });
    });

  const onMessage = ({ id: answered, result, method, params = {} }: Message) => {
    if (answered !== undefined) {
      waiting.get(answered)?.(result);
      waiting.delete(answered);
    }
    if (method === 'Target.targetCreated' && params.targetInfo?.type === 'page') {
      const { targetId } = params.targetInfo;
      if (!opened && address !== null) sendOn(targetId, address());
      opened = true;
      pages.add(targetId);
    }
    const gone = method === 'Target.targetDestroyed' || (method === 'Target.targetCrashed' && endOnCrash);
    if (!gone || !pages.delete(params.targetId ?? '')) return;
    crashed = method === 'Target.targetCrashed';
    if (pages.size === 0) send('Browser.close');
  };

  let rest = '';
  messages.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\0');
    rest = parts.pop() ?? '';
    for (const part of parts) onMessage(JSON.parse(part) as Message);
  });
  errors.setEncoding('utf8').on('data', (text: string) => (lastWords = (lastWords + text).slice(-2000)));
  // The pipes break when the process ends; `exit` tells that.
  for (const stream of [errors, commands, messages]) stream.on('error', () => undefined);

  const ended = new Promise<Ending>((resolve) => {
    child.on('error', (error) => resolve({ how: 'failed', detail: error.message }));
    child.on('exit', () => {
      const how = crashed ? 'crashed' : opened || closing ? 'closed' : 'failed';
      resolve({ how, detail: lastWords.trim().split('\n').at(-1) ?? '' });
    });
  });
  send('Target.setDiscoverTargets', { discover: true });

  return {
    ended,
    async close() {
      closing = true;
      send('Browser.close');
      const force = setTimeout(() => child.kill('SIGKILL'), PATIENCE);
      await ended;
      clearTimeout(force);
    },
  };
}
