import { describe, expect, test } from 'vitest';
import {
  createTokenizer,
  type Reply,
  type Request,
  type WorkerLike,
} from '../../../src/renderer/text/tokenizer.ts';
import { TokenizerCore } from '../../../src/common/text/tokenizer-core.ts';
import { byteLevel } from './fixtures.ts';

/** A worker in this thread that never finishes a text with “for ever” in it. */
class FakeWorker extends EventTarget {
  static started: FakeWorker[] = [];
  ended = false;
  #core: TokenizerCore | null = null;

  constructor() {
    super();
    FakeWorker.started.push(this);
  }

  postMessage(request: Request): void {
    queueMicrotask(() => {
      if (this.ended) return;
      if (request.kind === 'open') {
        this.#core = new TokenizerCore(request.files);
        const { texts, special, mask, hasChat, notes } = this.#core;
        this.#reply({ kind: 'opened', texts, special: [...special], mask, hasChat, notes });
      } else if (!request.text.includes('for ever'))
        this.#reply({ kind: 'encoded', id: request.id, tokens: this.#core?.encode(request.text) ?? [] });
    });
  }

  terminate(): void {
    this.ended = true;
  }

  #reply(data: Reply): void {
    this.dispatchEvent(Object.assign(new Event('message'), { data }));
  }

  fail(message: string): void {
    this.dispatchEvent(Object.assign(new Event('error'), { message }));
  }
}

function open(signal?: AbortSignal) {
  FakeWorker.started = [];
  return createTokenizer({ 'tokenizer.json': byteLevel() }, signal, {
    encodeLimit: 30,
    openLimit: 1000,
    startWorker: () => new FakeWorker() as unknown as WorkerLike,
  });
}

const last = () => FakeWorker.started.at(-1);

describe('a tokenizer in its worker', () => {
  test('encodes, and names tokens by id', async () => {
    const tokenizer = await open();
    expect((await tokenizer.encode('ab')).map(({ text }) => text)).toEqual(['a', 'b']);
    expect(tokenizer.size).toBe(257);
    expect(tokenizer.token(0)).toEqual({ id: 0, text: '<|endoftext|>', span: null, special: true });
    expect(tokenizer.token(300)).toEqual({ id: 300, text: '⟨id 300⟩', span: null, special: false });
    tokenizer.dispose();
    expect(last()?.ended).toBe(true);
  });

  test('is ended when a text takes too long, and starts anew for the next', async () => {
    const tokenizer = await open();
    const first = last();
    await expect(tokenizer.encode('for ever')).rejects.toMatchObject({ code: 'tokenizer-timeout' });
    expect(first?.ended).toBe(true);
    expect(await tokenizer.encode('a')).toHaveLength(1);
    expect(FakeWorker.started).toHaveLength(2);
    tokenizer.dispose();
  });

  test('an aborted text rejects at once, and others go on', async () => {
    const tokenizer = await open();
    const controller = new AbortController();
    const aborted = tokenizer.encode('a', controller.signal);
    const other = tokenizer.encode('b');
    controller.abort(new Error('another text'));
    await expect(aborted).rejects.toThrow('another text');
    expect(await other).toHaveLength(1);
    await expect(tokenizer.encode('a', AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
    tokenizer.dispose();
  });

  test('a worker that fails is told, and replaced', async () => {
    const tokenizer = await open();
    const pending = tokenizer.encode('for ever');
    await Promise.resolve();
    await Promise.resolve();
    last()?.fail('out of memory');
    await expect(pending).rejects.toThrow('out of memory');
    expect(await tokenizer.encode('ab')).toHaveLength(2);
    tokenizer.dispose();
  });

  test('opening is aborted with its worker', async () => {
    await expect(open(AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
    expect(last()?.ended).toBe(true);
  });

  test('after dispose nothing is encoded', async () => {
    const tokenizer = await open();
    const pending = tokenizer.encode('for ever');
    tokenizer.dispose();
    await expect(pending).rejects.toMatchObject({ name: 'AbortError' });
    await expect(tokenizer.encode('a')).rejects.toMatchObject({ name: 'AbortError' });
  });
});
