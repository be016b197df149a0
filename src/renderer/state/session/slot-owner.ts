import type { DecodeOptions } from '../../runs/run-input.ts';
import type { Run } from '../../runs/run.ts';
import type { Kept } from './continuation.ts';
import type { Interventions } from './interventions.svelte.ts';
import type { Letter } from './letters.ts';
import type { Screen } from './screen.svelte.ts';
import type { Encoding, OpenModel, Wish } from './session-state.ts';

/** A slot as its parts see it. */
export interface SlotOwner {
  readonly letter: Letter;
  readonly model: OpenModel | null;
  /** What views show. */
  readonly run: Run | null;
  readonly screen: Screen;
  readonly interventions: Interventions;
  readonly text: string;
  readonly pair: string | null;
  readonly decode: DecodeOptions | null;
  readonly wish: Wish;
  readonly encoding: Encoding | null;
  readonly isStale: boolean;
  setText(text: string, pair?: string | null): void;
  setPair(pair: string | null): void;
  setDecode(decode: DecodeOptions | null): Promise<void>;
  generate(options: DecodeOptions, from: Kept | null): Promise<void>;
  runAgain(): Promise<void>;
  runBeside<Result>(text: string, use: (run: Run) => Promise<Result>, signal: AbortSignal): Promise<Result>;
  runElsewhere<Result>(
    id: string,
    text: string,
    use: (run: Run) => Promise<Result>,
    signal: AbortSignal,
  ): Promise<Result>;
}
