/**
 * The tokenizer as the window sees it: it works in a Web Worker under a time limit, since a hostile regular expression
 * or a huge file must not freeze the window. When the limit is passed, the worker is ended.
 */
import type { ApiError } from '../../common/contract.ts';
import { HeadgateError } from '../../common/error.ts';
import { openingTooSlow } from '../../common/text/limits.ts';
import type { Token } from '../../common/text/token.ts';
import type { Tokenizer } from '../../common/text/tokenizer.ts';
import type { TokenizerFiles } from '../../common/text/tokenizer-files.ts';
import { missingPiece } from '../../common/text/pieces.ts';
import type { ChatPrompt } from '../../common/text/tokenizer-core.ts';

export type Request =
  | { readonly kind: 'open'; readonly files: TokenizerFiles }
  | {
      readonly kind: 'encode';
      readonly id: number;
      readonly text: string;
      readonly pair: string | undefined;
    }
  | { readonly kind: 'chat'; readonly id: number; readonly text: string };

export type Reply =
  | {
      readonly kind: 'opened';
      readonly texts: readonly (string | null)[];
      readonly special: readonly number[];
      readonly mask: number | null;
      readonly hasChat: boolean;
      readonly notes: readonly string[];
    }
  /** Some of the tokens of a long text, in front of those of `encoded`. */
  | { readonly kind: 'part'; readonly id: number; readonly tokens: Token[] }
  | { readonly kind: 'encoded'; readonly id: number; readonly tokens: Token[] }
  | { readonly kind: 'chat'; readonly id: number; readonly prompt: ChatPrompt }
  | { readonly kind: 'failed'; readonly id: number | null; readonly error: ApiError };

/** What the client needs of a Worker. */
export type WorkerLike = Pick<Worker, 'postMessage' | 'addEventListener' | 'terminate'>;

export interface TokenizerOptions {
  /** Limits in milliseconds. */
  readonly openLimit?: number;
  readonly encodeLimit?: number;
  readonly startWorker?: () => WorkerLike;
}

/** Large vocabularies take a second or two on a slow machine. */
const OPEN_LIMIT = 45_000;
const ENCODE_LIMIT = 10_000;

/**
 * Opens a tokenizer from the contents of its files.
 * @throws HeadgateError `no-tokenizer`, `bad-tokenizer` (naming the file and the reason) or `tokenizer-timeout`; the signal's
 *   reason when aborted.
 */
export async function createTokenizer(
  files: TokenizerFiles,
  signal?: AbortSignal,
  options: TokenizerOptions = {},
): Promise<Tokenizer> {
  const client = new WorkerTokenizer(files, options);
  try {
    await client.open(signal);
  } catch (error) {
    client.dispose();
    throw error;
  }
  return client;
}

function startWorker(): WorkerLike {
  return new Worker(new URL('./tokenizer-worker.ts', import.meta.url), { type: 'module', name: 'tokenizer' });
}

interface Waiting {
  resolve(reply: Reply): void;
  reject(reason: unknown): void;
}

class WorkerTokenizer implements Tokenizer {
  chat?: NonNullable<Tokenizer['chat']>;
  notes: readonly string[] = [];
  readonly #files: TokenizerFiles;
  readonly #options: Required<TokenizerOptions>;
  #worker: WorkerLike | null = null;
  #opened: Promise<Reply> | null = null;
  /** By request id; `null` is the opening. */
  readonly #waiting = new Map<number | null, Waiting>();
  /** Tokens that have come so far, by request id. */
  readonly #parts = new Map<number, Token[]>();
  #texts: readonly (string | null)[] = [];
  #special: ReadonlySet<number> = new Set();
  #mask: number | null = null;

  #nextId = 0;
  #disposed = false;

  constructor(files: TokenizerFiles, options: TokenizerOptions) {
    this.#files = files;
    this.#options = { openLimit: OPEN_LIMIT, encodeLimit: ENCODE_LIMIT, startWorker, ...options };
  }

  get size(): number {
    return this.#texts.length;
  }

  get mask(): Token | null {
    return this.#mask === null ? null : this.token(this.#mask);
  }

  token(id: number): Token {
    return {
      id,
      text: this.#texts[id] ?? missingPiece(id),
      span: null,
      special: this.#special.has(id),
      ...(id === this.#mask ? { mask: true } : {}),
    };
  }

  async open(signal?: AbortSignal): Promise<void> {
    await untilAborted(this.#start(), signal);
  }

  async encode(text: string, signal?: AbortSignal, pair?: string): Promise<Token[]> {
    const reply = await this.#answer((id) => ({ kind: 'encode', id, text, pair }), signal);
    if (reply.kind !== 'encoded') throw new Error(`The tokenizer answered “${reply.kind}” to a text.`);
    return reply.tokens;
  }

  async #writeChat(text: string, signal?: AbortSignal): Promise<ChatPrompt> {
    const reply = await this.#answer((id) => ({ kind: 'chat', id, text }), signal);
    if (reply.kind !== 'chat') throw new Error(`The tokenizer answered “${reply.kind}” to a message.`);
    return reply.prompt;
  }

  #answer(requestOf: (id: number) => Request, signal: AbortSignal | undefined): Promise<Reply> {
    const answered = (async () => {
      // A worker that was ended by its time limit starts anew; another text may end it while this one waits.
      do await this.#start();
      while (this.#worker === null);
      signal?.throwIfAborted();
      const id = this.#nextId++;
      return this.#ask(id, requestOf(id), this.#options.encodeLimit);
    })();
    return untilAborted(answered, signal);
  }

  dispose(): void {
    this.#disposed = true;
    this.#end(closed());
  }

  #start(): Promise<Reply> {
    if (this.#disposed) return Promise.reject(closed());
    if (this.#opened !== null) return this.#opened;
    const worker = this.#options.startWorker();
    this.#worker = worker;
    worker.addEventListener('message', ({ data }: MessageEvent<Reply>) => {
      if (worker === this.#worker) this.#receive(data);
    });
    worker.addEventListener('error', ({ message }) => {
      if (worker === this.#worker)
        this.#end(new Error(`The tokenizer’s worker failed: ${message || 'no reason given'}.`));
    });
    const opened = this.#ask(null, { kind: 'open', files: this.#files }, this.#options.openLimit);
    this.#opened = opened;
    // Callers meet the error; what could not be opened is not kept.
    opened.catch((error: unknown) => {
      if (this.#opened === opened) this.#end(error);
    });
    return opened;
  }

  #ask(id: number | null, request: Request, limit: number): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#end(timeout(request.kind, limit)), limit);
      this.#waiting.set(id, {
        resolve: (reply) => {
          clearTimeout(timer);
          resolve(reply);
        },
        reject: (reason) => {
          clearTimeout(timer);
          reject(reason);
        },
      });
      this.#worker?.postMessage(request);
    });
  }

  #receive(answer: Reply): void {
    if (answer.kind === 'part') {
      const parts = this.#parts.get(answer.id) ?? [];
      for (const token of answer.tokens) parts.push(token);
      this.#parts.set(answer.id, parts);
      return;
    }
    const reply = answer.kind === 'encoded' ? this.#joined(answer) : answer;
    const id = reply.kind === 'opened' ? null : reply.id;
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (reply.kind === 'failed') {
      waiting?.reject(new HeadgateError(reply.error.code, reply.error.message, reply.error.hint));
      return;
    }
    if (reply.kind === 'opened') {
      this.#texts = reply.texts;
      this.#special = new Set(reply.special);
      this.#mask = reply.mask;
      this.notes = reply.notes;
      if (reply.hasChat) this.chat = (message, chatSignal) => this.#writeChat(message, chatSignal);
    }
    waiting?.resolve(reply);
  }

  /** The tokens of a text with those that came before. */
  #joined(reply: Reply & { kind: 'encoded' }): Reply {
    const parts = this.#parts.get(reply.id);
    this.#parts.delete(reply.id);
    return parts === undefined ? reply : { ...reply, tokens: parts.concat(reply.tokens) };
  }

  /** Ends the worker; whoever waits for it hears why. */
  #end(reason: unknown): void {
    this.#worker?.terminate();
    this.#worker = null;
    this.#opened = null;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    this.#parts.clear();
    for (const { reject } of waiting) reject(reason);
  }
}

function closed(): DOMException {
  return new DOMException('The tokenizer was closed.', 'AbortError');
}

function timeout(kind: Request['kind'], limit: number): HeadgateError {
  const seconds = `${limit / 1000} s`;
  if (kind === 'chat')
    return new HeadgateError(
      'tokenizer-timeout',
      `The model’s chat template did not finish this message within ${seconds} and was stopped.`,
      'Turn “Chat” off to run the text as it is.',
    );
  return kind === 'open'
    ? openingTooSlow(limit)
    : new HeadgateError(
        'tokenizer-timeout',
        `The tokenizer did not finish this text within ${seconds} and was stopped.`,
        'Try a shorter text; if short texts fail too, tokenizer.json has a rule that never ends.',
      );
}

/** The promise, or the signal's reason as soon as it is aborted. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
