import type { AttentionMap, Run, Token } from '../runs/run.ts';
import { predictsOf } from '../runs/facets/readout.ts';
import { visibleText } from './tokens.ts';

/** Between what a decoder read and what it wrote there. */
const WRITES = '⇒';

/**
 * What the rows of a pattern are called. In cross-attention a row stands for a step of the decoder, which reads one token
 * and writes the next: both are named, so that a Transformer's map and a recurrent decoder's mean the same.
 */
export function rowTokens(run: Pick<Run, 'facet'>, map: Pick<AttentionMap, 'kind' | 'queries'>) {
  const { queries, kind } = map;
  if (kind !== 'cross') return queries;
  const isOwn = predictsOf(run) === 'own';
  return queries.map((token, index): Token => {
    const [read, wrote] = isOwn ? [queries[index - 1], token] : [token, queries[index + 1]];
    const names = [read, wrote].map((one, side) =>
      one === undefined ? (side === 0 ? '⟨start⟩' : '…') : visibleText(one.text).replace(/^·/, ''),
    );
    return { ...token, text: names.join(WRITES), word: true };
  });
}
