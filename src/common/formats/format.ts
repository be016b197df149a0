import type { ModelDetail, TensorInfo } from '../contract.ts';
import type { ByteSource } from '../byte-source.ts';

/** The files of one model, wherever they are. */
export interface ModelFolder {
  /** What users call it; errors quote it. */
  readonly name: string;
  /** Names of the files at its top level. */
  readonly names: readonly string[];
  /**
   * The bytes of a file by its name inside the folder (forward slashes); null when there is none.
   * @throws HeadgateError `unsafe-name` when the name or a link leads outside.
   */
  file(name: string): Promise<ByteSource | null>;
}

/** A tensor as a file describes it. `file` is the file's name inside the folder. */
export type StoredTensor = TensorInfo;

/** What a format says of a folder. */
export interface StoredWeights {
  /** The files that it read or that hold tensors, by their names inside the folder. */
  readonly files: ReadonlyMap<string, ByteSource>;
  readonly tensors: readonly StoredTensor[];
}

/** A way to store weights: finds its files in a folder and tells their tensors, without reading any weights. */
export interface Format {
  readonly id: ModelDetail['format'];
  /**
   * The file to start from; null when this format has none in the folder.
   * @param wanted the file of weights that the user pointed at, null when it was the folder
   * @throws HeadgateError `ambiguous-weights` when several could be meant.
   */
  entry(folder: ModelFolder, wanted: string | null): string | null;
  /** @throws HeadgateError naming the file, the tensor and the rule. */
  read(folder: ModelFolder, entry: string): Promise<StoredWeights>;
}
