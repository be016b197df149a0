/** BERT, and what is built like it: embeddings that are summed and normed, and layers with norms behind their parts. */
import type { EncoderConfig } from '../../../common/configs/encoder.ts';
import type { EncoderNames } from '../../../common/configs/encoder-spec.ts';
import type { Activation } from '../../kernels/rows/activation.ts';
import type { Reader } from '../transformer/reader.ts';
import type { Relative } from '../transformer/relative-positions.ts';
import type { Embedding, Layer } from '../transformer/stack.ts';
import { readMaskedHead, readTokens, type EncoderParts } from './load.ts';

/** What one family of them does its own way. */
export interface PostNormParts {
  /** The position table's row of token 0, and what RoBERTa does about padding. */
  readonly positions: Omit<NonNullable<Embedding['positions']>, 'table'>;
  /** The name of the projection from the embeddings to the layers; left out: there is none. */
  readonly projection?: string | undefined;
  readonly layers: readonly Layer[];
  readonly relative?: Relative;
  /** Between the head's dense part and its norm. */
  readonly headActivation: Activation;
}

/** @param has whether the files have a tensor, by the family's name */
export function readPostNorm(
  read: Reader,
  { width, epsilon }: Pick<EncoderConfig, 'width' | 'epsilon'>,
  has: (name: string) => boolean,
  { head, pooler }: EncoderNames,
  { positions, projection, layers, relative, headActivation: activation }: PostNormParts,
): EncoderParts {
  const norm = (name: string) => read.layerNorm(name, epsilon);
  const table = 'embeddings.word_embeddings.weight';
  const types = 'embeddings.token_type_embeddings.weight';
  const tokens = readTokens(read, table, head, has);
  return {
    stack: {
      width,
      causal: false,
      embedding: {
        ...{ tokens, scale: 1 },
        positions: { table: read.vector('embeddings.position_embeddings.weight'), ...positions },
        types: has(types) ? read.matrix(types) : null,
        norm: norm('embeddings.LayerNorm'),
        projection: projection === undefined ? null : read.linear(projection, { bias: true }),
      },
      layers,
      last: null,
      ...(relative && { relative }),
    },
    head: () => readMaskedHead(read, head, { table, tokens }, { activation, norm, has }),
    pooler: pooler !== null && has(`${pooler}.weight`) ? read.linear(pooler, { bias: true }) : null,
    discriminator: null,
  };
}
