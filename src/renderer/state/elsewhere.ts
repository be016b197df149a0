import type { WeightSource } from '../models/weights.ts';
import type { Run } from '../runs/run.ts';
import type { Backend, Device } from './backend.ts';

/**
 * Runs a text on a model beside the one that is open, and gives everything back.
 * @throws what loading and running throw; the signal's reason.
 */
export async function runOnce<Result>(
  backend: Backend,
  device: Device,
  source: WeightSource,
  text: string,
  use: (run: Run) => Promise<Result>,
  signal: AbortSignal,
): Promise<Result> {
  const tokenizer = await backend.openTokenizer(source, signal);
  try {
    const { loaded } = await backend.load(device, source, () => undefined, signal);
    try {
      const tokens = await tokenizer.encode(text, signal);
      const run = await loaded.run({ text, tokens, vocabulary: (token) => tokenizer.token(token) }, signal);
      try {
        return await use(run);
      } finally {
        run.dispose();
      }
    } finally {
      loaded.dispose();
    }
  } finally {
    tokenizer.dispose();
  }
}
