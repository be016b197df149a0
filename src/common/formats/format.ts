import type { ApiError, TensorInfo } from '../contract.ts';
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

/** A tensor as a format tells it. `file` is a name in `StoredModel.files`. */
export type StoredTensor = TensorInfo;

/** What a format makes of its files: nothing behind it knows how the model was stored. */
export interface StoredModel {
  /**
   * The files that it read or that hold tensors, by their names inside the folder. A tensor whose bytes do not lie in
   * order in a file (strided, packed, permuted) has a source of its own here, which makes them when they are read.
   */
  readonly files: ReadonlyMap<string, ByteSource>;
  /** In Hugging Face's names (recurrent weights: PyTorch's), row-major. */
  readonly tensors: readonly StoredTensor[];
  /** What config.json would say, where the format holds it; left out: the folder's config.json counts. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Files that the format holds inside, such as a tokenizer.json made of its metadata; they count before the folder's. */
  readonly companions?: ReadonlyMap<string, ByteSource>;
  /** The format's own texts, such as safetensors' `__metadata__`. */
  readonly metadata?: ReadonlyMap<string, string>;
  /** What a training script kept beside its weights, such as `model_args`, as JSON has it. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** What users should know of the reading, a sentence each: what was mapped, cut, unpacked, left out. */
  readonly notes?: readonly string[];
  /** What keeps the model from being run, where the format knows; its tensors can be looked at. */
  readonly refusal?: ApiError;
}

/** A way to store weights: finds its files in a folder and tells their tensors, without reading any weights. */
export interface Format {
  /** kebab-case, stable: it stands in captures and `inspect`. */
  readonly id: string;
  /** Formats are asked in this order, lowest first. */
  readonly rank: number;
  /**
   * The file to start from; null when this format has none in the folder.
   * @param wanted the file of weights that the user pointed at, null when it was the folder
   * @throws HeadgateError `ambiguous-weights` when several could be meant.
   */
  claims(folder: ModelFolder, wanted: string | null): Promise<string | null>;
  /** @throws HeadgateError naming the file, the tensor and the rule. */
  read(folder: ModelFolder, entry: string): Promise<StoredModel>;
}
