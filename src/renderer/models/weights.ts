import type { ModelDetail } from '../../common/contract.ts';

/** Where a model's bytes come from: the host's range requests, or files that were dropped on the window. */
export interface WeightSource {
  readonly model: ModelDetail;
  /** Bytes [begin, end) of a tensor's file, streamed in pieces. */
  read(file: string, begin: number, end: number, signal: AbortSignal): AsyncIterable<Uint8Array>;
}
