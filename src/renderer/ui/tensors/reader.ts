import type { ReadBytes } from '../../../common/tensors/values.ts';
import { readSourceRange } from '../../models/source-files.ts';
import type { WeightSource } from '../../models/weights.ts';

/** Reads bytes of a model's files. */
export function readerOf(source: WeightSource): ReadBytes {
  return (file, begin, end, signal) => readSourceRange(source, file, begin, end, signal);
}
