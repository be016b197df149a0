import { AppError } from '../error.ts';
import { loadBart, type BartKind } from './bart.ts';
import { sinusoids } from './encoder-decoder/positions.ts';
import type { Family } from './family.ts';
import { openSourceTokenizer } from './source-files.ts';
import { marianSpec, parseMarianConfig } from './spec/marian.ts';

/** Marian (Junczys-Dowmunt et al. 2018): a BART whose positions are sines and cosines, without a norm after them. */
export const marian: Family = {
  spec: marianSpec,
  tokenizer(source, signal) {
    const { tokenizer } = source.model;
    if (tokenizer['tokenizer.json'] === undefined && tokenizer['source.spm'] !== undefined)
      throw new AppError(
        'no-tokenizer',
        `${source.model.name} keeps its tokens in source.spm and target.spm, which Headgate can't read.`,
        'Put a tokenizer.json beside them that does the same.',
      );
    return openSourceTokenizer(source, signal);
  },
  load: (gpu, source, onProgress, signal) => loadBart(MARIAN, gpu, source, onProgress, signal),
};

const MARIAN: BartKind = {
  spec: marianSpec,
  parse: parseMarianConfig,
  defaults: { decoder_start_token_id: 58100, eos_token_id: 0, forced_eos_token_id: 0 },
  positions(store, side, { positions, width }, has) {
    const name = `${side}.embed_positions.weight`;
    const table = has(name)
      ? store.vector(name)
      : store.computed(sinusoids(positions, width), [positions, width], name);
    return { table, first: 0 };
  },
  embeddingNorm: false,
};
