import type { ByteSource } from '../byte-source.ts';
import type { Config } from '../configs/config.ts';
import type { Reading, TensorInfo } from '../contract.ts';

/** A model's tensors and config as its format gives them. */
export interface Unfitted {
  readonly config: Config | null;
  readonly tensors: readonly TensorInfo[];
  /** By the names that the tensors have for their files. */
  readonly files: ReadonlyMap<string, ByteSource>;
}

export interface Fitted extends Unfitted {
  /** Null: everything is as it is stored. */
  readonly reading: Reading | null;
}
