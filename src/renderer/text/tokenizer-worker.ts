/** The worker's side of `tokenizer.ts`: one tokenizer, one request after another. */
import { toApiError } from '../error.ts';
import { TokenizerCore } from './tokenizer-core.ts';
import type { Reply, Request } from './tokenizer.ts';

let core: TokenizerCore | null = null;

function answer(request: Request): Reply {
  try {
    if (request.kind === 'open') {
      core = new TokenizerCore(request.files);
      return { kind: 'opened', texts: core.texts, special: [...core.special], mask: core.mask };
    }
    if (core === null) throw new Error('A text came before the tokenizer.');
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
