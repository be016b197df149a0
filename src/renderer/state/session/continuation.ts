import type { LoadedModel } from '../../models/family.ts';
import type { DecodeOptions } from '../../runs/run-input.ts';
import { predictsOf } from '../../runs/facets/readout.ts';
import type { Run, Token } from '../../runs/run.ts';

/** What of a run is kept when writing goes on from it. */
export interface Kept {
  /** Tokens of the run that stay. */
  readonly count: number;
  /** Tokens behind them; none: the model chooses. */
  readonly force: readonly Token[];
}

/** The input of a generation that goes on from a run. */
export interface Start {
  readonly tokens: readonly Token[];
  readonly decode: DecodeOptions;
}

/**
 * Where writing starts: a language model reads the kept tokens, an encoder-decoder reads its source again and is made to
 * begin with them.
 */
export function startOf(
  run: Run,
  model: Pick<LoadedModel, 'writes'> | undefined,
  { count, force }: Kept,
  options: DecodeOptions,
): Start {
  const kept = run.tokens.slice(0, count);
  if (model?.writes === 'output' && run.sourceTokens !== null) {
    // Where the positions are about the token after them, the first one is the start token, which nobody writes.
    const written = predictsOf(run) === 'own' ? kept : kept.slice(1);
    const prefix = [...written, ...force].map(({ id }) => id);
    const { maxTokens } = options;
    return {
      tokens: run.sourceTokens,
      decode: {
        ...options,
        prefix,
        ...(maxTokens === undefined ? {} : { maxTokens: prefix.length + maxTokens }),
      },
    };
  }
  return { tokens: [...kept, ...force], decode: options };
}
