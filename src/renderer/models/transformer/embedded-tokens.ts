import type { Gpu } from '../../gpu/gpu.ts';
import type { Holdings } from '../../runs/activations.ts';
import type { Token } from '../../runs/run.ts';
import type { EmbeddedTokens } from './embed.ts';
import type { Embedding } from './stack.ts';

/** Ids, token types and places of a text's tokens from `first` on, on the GPU. */
export function embeddedTokens(
  gpu: Gpu,
  holdings: Pick<Holdings, 'tensor'>,
  { types, positions }: Embedding,
  tokens: readonly Token[],
  first: number,
): EmbeddedTokens {
  const upload = (label: string, values: Uint32Array<ArrayBuffer>) => {
    const tensor = holdings.tensor([values.length], label);
    gpu.upload(tensor, values);
    return tensor;
  };
  const own = tokens.slice(first);
  const kinds = types?.shape[0] ?? 0;
  const ids = Uint32Array.from(own, ({ id }) => id);
  const segments = Uint32Array.from(own, ({ segment = 0 }) => Math.min(segment, kinds - 1));
  const places = placesOf(tokens, positions)?.slice(first) ?? null;
  return {
    ids: upload('token ids', ids),
    types: types === null ? null : upload('token types', segments),
    places: places === null ? null : upload('token places', places),
    first,
  };
}

/** Rows of the position table, where some tokens are not counted; null: all tokens are. */
function placesOf(
  tokens: readonly Token[],
  positions: Embedding['positions'],
): Uint32Array<ArrayBuffer> | null {
  const padding = positions?.padding;
  if (positions === null || !tokens.some(({ id }) => id === padding)) return null;
  let next = positions.first;
  return Uint32Array.from(tokens, ({ id }) => (id === padding ? positions.first - 1 : next++));
}
