import type { WeightSource } from '../../models/weights.ts';
import type { Run } from '../../runs/run.ts';
import type { Backend, Device } from '../device/backend.ts';
import type { OpenModel } from './session-state.ts';

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
      return await runText({ loaded, tokenizer }, text, use, signal);
    } finally {
      loaded.dispose();
    }
  } finally {
    tokenizer.dispose();
  }
}

/**
 * Runs a text on an open model and gives the run back.
 * @throws what encoding and running throw; the signal's reason; AbortError when no model is open.
 */
export async function runText<Result>(
  model: Pick<OpenModel, 'loaded' | 'tokenizer'> | null,
  text: string,
  use: (run: Run) => Promise<Result>,
  signal: AbortSignal,
): Promise<Result> {
  signal.throwIfAborted();
  if (model === null) throw new DOMException('No model is open.', 'AbortError');
  const { loaded, tokenizer } = model;
  const tokens = await tokenizer.encode(text, signal);
  const run = await loaded.run({ text, tokens, vocabulary: (token) => tokenizer.token(token) }, signal);
  try {
    return await use(run);
  } finally {
    run.dispose();
  }
}
