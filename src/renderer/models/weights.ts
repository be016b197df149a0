import type { ModelDetail, TensorInfo } from '../../main/api/contract.ts';

/** Where a model's bytes come from: the host's range requests, or files that were dropped on the window. */
export interface WeightSource {
  readonly model: ModelDetail;
  /** Bytes [begin, end) of a tensor's file, streamed in pieces. */
  read(file: string, begin: number, end: number, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

/** The tensors of a model by name. */
export function tensorsByName(model: ModelDetail): ReadonlyMap<string, TensorInfo> {
  return new Map(model.tensors.map((tensor) => [tensor.name, tensor]));
}
