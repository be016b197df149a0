/**
 * What a family expects of a model's files, told from its config alone: pure, so that `headgate inspect` uses it without
 * a GPU. This folder imports nothing but itself, `error.ts` and the contract's types.
 */
import type { TensorInfo } from '../contract.ts';
import type { TokenizerConfig } from './fields.ts';
import type { LabelHead } from './labels.ts';

/** A tensor that the config calls for, under the name that the family gives it. */
export interface ExpectedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** True when the family can do without it (a tied head). */
  readonly optional: boolean;
  /** True for values that the config tells too, which are no parameters; left out: false. */
  readonly isBuffer?: boolean;
  /** Name of the tensor whose values this one repeats where both are stored; left out: it stands for itself. */
  readonly copyOf?: string;
}

/** Two tensors of the files that should hold the same values. */
export interface Copy {
  readonly first: TensorInfo;
  readonly second: TensorInfo;
  /** The second has a use of its own, so it counts where it differs; else it is left out. */
  readonly isUsed: boolean;
}

/** How the tensors of a folder compare with what the config calls for. */
export interface TensorCheck {
  /** Family's name → the tensor in the files (whose own name may carry another prefix). */
  readonly found: ReadonlyMap<string, TensorInfo>;
  readonly missing: readonly ExpectedTensor[];
  readonly misshapen: readonly { readonly expected: ExpectedTensor; readonly actual: TensorInfo }[];
  /** In the files but unknown to the family; buffers that carry no weights are left out. */
  readonly unexpected: readonly TensorInfo[];
  /** Numbers in what is found, without buffers; copies are counted too. */
  readonly parameters: number;
  /** Tensors that repeat others. */
  readonly copies: readonly Copy[];
  /** Tensors that no file holds and another one stands in for: the family's names of both. */
  readonly tied: readonly { readonly name: string; readonly to: string }[];
  /** Those of them that contradict the config, such as layers that it does not have; left out: none. */
  readonly contradicting?: readonly TensorInfo[];
}

/** What an encoder-decoder needs beside its tensors to write. */
export interface StartRules {
  /** What Transformers takes for granted where no file says it. */
  readonly defaults: Readonly<Record<string, unknown>>;
  /** Number of tokens that it writes with. */
  outputs(config: Readonly<Record<string, unknown>>): number;
}

export interface FamilySpec {
  /** Short name that users see, e.g. `GPT-2`. */
  readonly name: string;
  readonly modelTypes: readonly string[];
  /**
   * Its models make one vector of a text, as sentence-transformers' files say: the width of their states. Left out: they
   * do not.
   */
  readonly pools?: (config: Readonly<Record<string, unknown>>) => number;
  /** Its models read what generation_config.json says of writing; `start`: the decoder needs a first token. */
  readonly generation?: { readonly start?: StartRules };
  /** The head with labels that the files hold; null: none. Left out: the family has no such heads. @throws as `check` */
  labels?(config: Readonly<Record<string, unknown>>, tensors: readonly TensorInfo[]): LabelHead | null;
  /**
   * How text becomes tokens, where config.json says it; left out: the usual files.
   * @throws HeadgateError `bad-config`
   */
  tokenizers?(config: Readonly<Record<string, unknown>>): readonly TokenizerConfig[];
  /**
   * Compares the files with the config.
   * @throws HeadgateError `bad-config` naming the field when the config itself is unusable.
   */
  check(config: Readonly<Record<string, unknown>>, tensors: readonly TensorInfo[]): TensorCheck;
}
