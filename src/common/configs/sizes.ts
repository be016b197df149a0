/** Sizes that every Transformer with one stack has. */
export interface StackSizes {
  /** `V` */
  readonly vocabulary: number;
  /** Most tokens that an input may have. */
  readonly positions: number;
  /** `D` */
  readonly width: number;
  /** `L` */
  readonly layers: number;
  /** `H` */
  readonly heads: number;
  /** Width of the feed-forward part. */
  readonly inner: number;
  /** The output projection is the token table. */
  readonly tied: boolean;
}
