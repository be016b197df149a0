/** Every packed type that Headgate reads, by ggml's name in lower case. */
import type { BlockType } from './block-type.ts';
import { q4_0, q4_1, q5_0, q5_1, q8_0 } from './plain-types.ts';
import { q2_K, q3_K, q4_K, q5_K, q6_K } from './super-types.ts';

export const BLOCK_TYPES = {
  q8_0,
  q4_0,
  q4_1,
  q5_0,
  q5_1,
  q2_K,
  q3_K,
  q4_K,
  q5_K,
  q6_K,
} as const satisfies Record<string, BlockType>;

export type BlockDtype = keyof typeof BLOCK_TYPES;

export function isBlockDtype(name: string): name is BlockDtype {
  return Object.hasOwn(BLOCK_TYPES, name);
}
