import type { Run } from '../../runs/run.ts';
import type { OpenModel } from './session-state.ts';
import type { SlotWindow } from './slot-window.ts';

/**
 * Runs a text on a model of the library beside those that are open, and gives everything back.
 * @throws what loading and running throw; the signal's reason.
 */
export async function runOnce<Result>(
  { device, shelf, weights }: Pick<SlotWindow, 'device' | 'shelf' | 'weights'>,
  id: string,
  text: string,
  use: (run: Run) => Promise<Result>,
  signal: AbortSignal,
): Promise<Result> {
  const [gpu, source] = [await device.ready, await shelf.source(id, signal)];
  const tokenizer = await device.backend.openTokenizer(source, signal);
  try {
    const { loaded, release } = await weights.hold(gpu, source, () => undefined, signal);
    try {
      return await runText({ loaded, tokenizer }, text, use, signal);
    } finally {
      release();
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
