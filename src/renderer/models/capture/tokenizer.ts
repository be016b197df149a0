import type { CaptureConfig } from '../../../common/configs/capture.ts';
import type { Tokenizer } from '../../../common/text/tokenizer.ts';
import type { Token } from '../../../common/text/token.ts';

/** The tokens of a captured text, each at its place in it: whatever is asked, there is no other text. */
export class CapturedTokens implements Tokenizer {
  readonly mask = null;
  readonly size: number;
  readonly #tokens: readonly Token[];
  readonly #byId: ReadonlyMap<number, Token>;

  /** @param config of the run; what is typed is the source where there is one */
  constructor({ tokens, sourceTokens, text }: CaptureConfig) {
    this.#tokens = placed(sourceTokens ?? tokens, text);
    const all = [...(sourceTokens ?? []), ...tokens];
    this.#byId = new Map(
      all.map(({ id, text: own, special }) => [id, { id, text: own, special, span: null }]),
    );
    this.size = all.reduce((most, { id }) => Math.max(most, id), 0) + 1;
  }

  encode(): Promise<Token[]> {
    return Promise.resolve([...this.#tokens]);
  }

  token(id: number): Token {
    return this.#byId.get(id) ?? { id, text: `#${id}`, special: false, span: null };
  }

  dispose(): void {
    // It holds nothing.
  }
}

/** Tokens with the stretch of the text that each covers, as far as their texts are found in it in order. */
export function placed(tokens: CaptureConfig['tokens'], text: string): Token[] {
  let at = 0;
  return tokens.map(({ id, text: own, special }): Token => {
    const found = special || own === '' ? -1 : text.indexOf(own, at);
    // A text that is not there at once would take the place of what follows.
    if (found < 0 || found > at + 8) return { id, text: own, special, span: null };
    at = found + own.length;
    return { id, text: own, special, span: [found, at] };
  });
}
