import { HeadgateError, toApiError } from '../../../common/error.ts';
import type { WeightSource } from '../../models/weights.ts';
import type { Listing } from './session-state.ts';

/** Errors that say nothing of the files: what failed may work the next time. */
const PASSING: readonly string[] = [
  ...['device-lost', 'out-of-gpu-memory', 'out-of-memory', 'too-large-for-gpu', 'file-gone', 'file-changed'],
  ...['host-unreachable', 'unreadable', 'not-found', 'tokenizer-timeout', 'no-webgpu', 'no-gpu-adapter'],
];

/** What can be looked through of a model that could not be opened; null: it was not read, or it may run another time. */
export function listingOf(source: WeightSource | null, thrown: unknown, retry: () => void): Listing | null {
  const model = source?.model ?? null;
  if (source === null || model === null || model.tensors.length === 0 || !(thrown instanceof HeadgateError))
    return null;
  const error = toApiError(thrown);
  return PASSING.includes(error.code) ? null : { model, source, error, retry };
}
