import type { Attribute } from './attributes.ts';
import type { Dataset } from './dataset.ts';

/** One object of an HDF5 file. */
export interface Hdf5Object {
  /** From the root, with slashes between: `model_weights/lstm`; the root itself is ''. */
  readonly path: string;
  readonly attributes: ReadonlyMap<string, Attribute>;
  /** Null for a group. */
  readonly dataset: Dataset | null;
}
