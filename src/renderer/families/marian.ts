import { bartFamily } from './bart.ts';
import { sinusoids } from '../models/encoder-decoder/positions.ts';
import type { Family } from '../models/family.ts';
import { MARIAN_START, marianSpec, parseMarianConfig } from '../../common/configs/marian.ts';

/** Marian (Junczys-Dowmunt et al. 2018): a BART whose positions are sines and cosines, without a norm after them. */
export const marian: Family = bartFamily({
  spec: marianSpec,
  parse: parseMarianConfig,
  start: MARIAN_START,
  positions(store, side, { positions, width }, has) {
    const name = `${side}.embed_positions.weight`;
    const table = has(name)
      ? store.vector(name)
      : store.computed(sinusoids(positions, width), [positions, width], name);
    return { table, first: 0 };
  },
  embeddingNorm: false,
});
