/** The worker's side of `tokenizer.ts`: one tokenizer, one request after another. */
import { toApiError } from '../../common/error.ts';
import { TokenizerCore } from '../../common/text/tokenizer-core.ts';
import type { Reply, Request } from './tokenizer.ts';

let core: TokenizerCore | null = null;

function answer(request: Request): Reply {
  try {
    if (request.kind === 'open') {
      core = new TokenizerCore(request.files);
      const { texts, special, mask, hasChat } = core;
      return { kind: 'opened', texts, special: [...special], mask, hasChat };
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

self.addEventListener('message', ({ data }: MessageEvent<Request>) => {
  self.postMessage(answer(data));
});
