/** The worker's side of `tokenizer.ts`: one tokenizer, one request after another. */
import { toApiError } from '../../common/error.ts';
import { TokenizerCore } from '../../common/text/tokenizer-core.ts';
import type { Reply, Request } from './tokenizer.ts';

let core: TokenizerCore | null = null;

function answer(request: Request): Reply {
  try {
    if (request.kind === 'open') {
      core = new TokenizerCore(request.files);
      const { texts, special, mask, hasChat, notes } = core;
      return { kind: 'opened', texts, special: [...special], mask, hasChat, notes };
    }
    if (core === null) throw new Error('A text came before the tokenizer.');
    if (request.kind === 'chat') return { kind: 'chat', id: request.id, prompt: core.chat(request.text) };
    return { kind: 'encoded', id: request.id, tokens: core.encode(request.text, request.pair) };
  } catch (error) {
    const { code, message, hint } = toApiError(error);
    return {
      kind: 'failed',
      id: request.kind === 'open' ? null : request.id,
      error: { code, message, hint },
    };
  }
}

/** Tokens in one message: a message is read in one go by the window, which must not stand still for that. */
const PART = 5000;

self.addEventListener('message', ({ data }: MessageEvent<Request>) => {
  const reply = answer(data);
  if (reply.kind !== 'encoded') {
    self.postMessage(reply);
    return;
  }
  const { id, tokens } = reply;
  let at = 0;
  for (; tokens.length - at > PART; at += PART)
    self.postMessage({ kind: 'part', id, tokens: tokens.slice(at, at + PART) } satisfies Reply);
  self.postMessage({ kind: 'encoded', id, tokens: tokens.slice(at) } satisfies Reply);
});
