/** What a slot holds, as the window's parts see it. */
import type { ApiError, ModelDetail } from '../../../common/contract.ts';
import type { LoadReport } from '../../../common/load-report.ts';
import type { LoadedModel, LoadProgress } from '../../models/family.ts';
import type { DecodeOptions } from '../../runs/run-input.ts';
import type { Recognised } from '../../../common/configs/recognise.ts';
import type { Remarks } from '../../../common/configs/remarks.ts';
import type { WeightSource } from '../../models/weights.ts';
import type { Token } from '../../runs/run.ts';
import type { Tokenizer } from '../../../common/text/tokenizer.ts';

/** What the window waits for; also `data-state` of the document, which tests wait for. */
export type Phase = 'starting' | 'loading' | 'running' | 'ready' | 'error';

/** A model whose weights are on the GPU. */
export interface OpenModel {
  readonly source: WeightSource;
  readonly family: string;
  readonly loaded: LoadedModel;
  readonly tokenizer: Tokenizer;
  /** What it runs when it is opened for the first time. */
  readonly example: string;
  /** What was told from the tensors, for a model whose config says nothing; null: the config says it. */
  readonly recognised: Recognised | null;
  /** What is true of its files and changes the outputs. */
  readonly remarks: Remarks;
  /** What was read of its files; null: nothing is known of it. */
  readonly report: LoadReport | null;
  /** Names of its tensors that hold NaN or infinities. */
  readonly invalid: readonly string[];
  /** Gives the tokenizer back, and the slot's share of the weights. */
  release(): void;
}

/** A model that was read and can't run: its tensors can be looked through. */
export interface Listing {
  readonly model: ModelDetail;
  /** Its bytes. */
  readonly source: WeightSource;
  readonly error: ApiError;
  readonly retry: () => void;
}

export interface Loading extends LoadProgress {
  readonly name: string;
  readonly model: string | null;
}

/** What the model reads, with its tokens. */
export interface Encoding {
  readonly text: string;
  readonly tokens: readonly Token[];
  /**
   * What was typed, when it is another text: the message of a chat. Its character i is character i + shift of the text;
   * null: it does not stand there.
   */
  readonly typed?: { readonly text: string; readonly shift: number | null };
  /** The window of a text that is too long: of its tokens the first, how many are shown, and how many there are. */
  readonly excerpt?: { readonly at: number; readonly shown: number; readonly of: number };
}

/** What a run is made of. */
export interface Wish {
  readonly model: OpenModel | null;
  readonly text: string;
  /** The second text of a pair. */
  readonly pair: string | null;
  /** The first token of the window that is wished for, where the text is too long; null: the whole text. */
  readonly excerpt: number | null;
  /** The text is a user's message, which the model's chat template writes. */
  readonly isChat: boolean;
  readonly decode: DecodeOptions | null;
}
