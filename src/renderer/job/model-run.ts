import type { Job, ModelDetail } from '../../common/contract.ts';
import { HeadgateError } from '../../common/error.ts';
import type { Api } from '../api.ts';
import type { RunInput } from '../models/family.ts';
import { generateText } from '../models/generate.ts';
import type { Run } from '../runs/run.ts';
import { webgpuBackend } from '../state/device/backend-webgpu.ts';
import { exampleFor } from '../state/session/example.ts';
import { hostSource } from '../state/session/weight-source.ts';

/** A run that a job asked for. */
export interface ModelRun {
  readonly run: Run;
  readonly model: ModelDetail;
  /** What is true of its files and changes the outputs. */
  readonly remarks: readonly string[];
  /** Names of tensors that hold NaN or infinities. */
  readonly invalid: readonly string[];
}

/** What a job says of the run. */
type Asked = Pick<Job, 'model' | 'pair' | 'target' | 'generate'> & { readonly text?: string };

/**
 * Loads a model and runs it on a text, by default its example.
 * @param abort ends the job when the device is lost
 * @throws HeadgateError
 */
export async function runModel(api: Api, job: Asked, abort: AbortController): Promise<ModelRun> {
  const model = await api.model(job.model);
  const source = hostSource(api, model);
  const tokenizer = await webgpuBackend.openTokenizer(source, abort.signal);
  const gpu = await webgpuBackend.openDevice((reason) => {
    abort.abort(new Error(`The graphics device was lost: ${reason}`));
  });
  const {
    loaded,
    remarks,
    invalid = [],
  } = await webgpuBackend.load(gpu, source, () => undefined, abort.signal);
  const { pair, target, generate, text = exampleFor(model, tokenizer) } = job;
  if (target !== undefined && loaded.writes !== 'output') throw noTarget(model.name);
  const tokens = await tokenizer.encode(text, abort.signal, pair);
  const decode = target === undefined ? generate : { targetText: target };
  const vocabulary = (id: number) => tokenizer.token(id);
  const input: RunInput = { text, tokens, vocabulary, ...(decode === undefined ? {} : { decode }) };
  const run = await (generate === undefined
    ? loaded.run(input, abort.signal)
    : generateText(loaded, input, abort.signal));
  return { run, model, remarks: remarks.sentences, invalid };
}

function noTarget(model: string): HeadgateError {
  return new HeadgateError(
    'no-target',
    `${model} has no decoder that could read a target: --target is for encoder-decoders.`,
    'Leave --target out.',
  );
}
