import { HeadgateError } from '../../common/error.ts';
import type { BufferPool } from '../gpu/pool.ts';

/**
 * Loads; once more with pieces of half the size when the GPU refuses one. Some drivers can't find so much room in one
 * place although as much is free.
 * @throws what `load` throws
 */
export async function loadAgain<Result>(
  pool: Pick<BufferPool, 'halvePieces'>,
  load: () => Promise<Result>,
): Promise<Result> {
  try {
    return await load();
  } catch (error) {
    const isRefused = error instanceof HeadgateError && error.code === 'out-of-gpu-memory';
    if (!isRefused || !pool.halvePieces()) throw error;
    return await load();
  }
}
