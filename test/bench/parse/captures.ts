/** Captures at the limits of their reader. */
import { zipSync } from 'fflate';
import { latin1, npy, withLength, type WorstFile } from './bytes.ts';

const capture = (what: string, metadata: () => string): WorstFile => ({
  format: 'capture',
  what,
  entry: 'run.safetensors',
  make: () => ({ 'run.safetensors': withLength(latin1(`{"__metadata__":{${metadata()}}}`)) }),
});
const listOf = (count: number, item: (k: number) => string) =>
  JSON.stringify(`[${Array.from({ length: count }, (_, k) => item(k)).join(',')}]`);

export const captureFiles: readonly WorstFile[] = [
  capture(
    '131,072 tokens',
    () =>
      `"headgate":"1","tokens":${listOf(131_072, (k) => `{"id":${k},"text":" token-${k}","special":false}`)}`,
  ),
  capture(
    'two sides of 131,072 tokens',
    () =>
      `"headgate":"1","tokens":${listOf(131_072, (k) => `"t${k}"`)},"source_tokens":${listOf(131_072, (k) => `"t${k}"`)}`,
  ),
  capture(
    '65,536 labels',
    () =>
      `"headgate":"1","tokens":"[\\"a\\"]","labels_of":"text","labels":${listOf(65_536, (k) => `"${String(k).padStart(60, '0')}"`)}`,
  ),
  {
    format: 'capture',
    what: '131,072 tokens of an .npz',
    entry: 'run.npz',
    make: () => ({
      'run.npz': zipSync(
        {
          'hidden_states.0.npy': npy(131_072),
          'tokens.npy': npy(131_072, '<U8', 32),
          'input_ids.npy': npy(131_072, '<i8', 8),
        },
        { level: 0 },
      ),
    }),
  },
];
