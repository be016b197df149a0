import type { ApiError } from '../../main/api/contract.ts';
import type { GoldenResult } from '../models/golden.ts';

/** How the example that came with the weights stands. */
export type GoldenState =
  | { readonly kind: 'checking' }
  | { readonly kind: 'done'; readonly result: GoldenResult }
  | { readonly kind: 'failed'; readonly error: ApiError };
