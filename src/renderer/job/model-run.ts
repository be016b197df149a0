import { excerptOf } from '../../common/text/excerpt.ts';
import { withCharacters } from '../../common/text/byte-characters.ts';
import type { Job, ModelDetail } from '../../common/contract.ts';
import { HeadgateError } from '../../common/error.ts';
import { withTokenizer, type LoadReport } from '../../common/load-report.ts';
import type { Api } from '../api.ts';
import type { LoadedModel } from '../models/family.ts';
import type { DecodeOptions, RunInput } from '../runs/run-input.ts';
import type { Tokenizer } from '../../common/text/tokenizer.ts';
import type { ReadingModel } from '../models/repeated-random.ts';
import { generateText } from '../models/generate.ts';
import type { Run } from '../runs/run.ts';
import { webgpuBackend } from '../state/device/backend-webgpu.ts';
import { loadChanges } from '../state/document/changes.ts';
import type { SlotState } from '../state/document/document.ts';
import { withChanges } from '../state/session/changed-model.ts';
import { exampleFor } from '../state/session/example.ts';
import { hostSource } from '../state/session/weight-source.ts';

/** A run that a job asked for. */
export interface ModelRun {
  readonly run: Run;
  readonly model: ModelDetail;
  /** What ran it. */
  readonly reading: ReadingModel;
  /** What is true of its files and changes the outputs. */
  readonly remarks: readonly string[];
  /** What was read of its files; null: nothing is known of it. */
  readonly report: LoadReport | null;
  /** Names of tensors that hold NaN or infinities. */
  readonly invalid: readonly string[];
}

/** What a job says of the run. */
type Asked = Pick<Job, 'model' | 'pair' | 'target' | 'generate' | 'window'> & { readonly text?: string };

/** A model that is loaded for a job, and may run several texts. */
export interface JobModel {
  readonly model: ModelDetail;
  readonly tokenizer: Tokenizer;
  readonly opened: Awaited<ReturnType<typeof webgpuBackend.load>>;
}

/** @param abort ends the job when the device is lost @throws HeadgateError */
export async function openModel(api: Api, id: string, abort: AbortController): Promise<JobModel> {
  const model = await api.model(id);
  const source = hostSource(api, model);
  const tokenizer = await webgpuBackend.openTokenizer(source, abort.signal);
  const gpu = await webgpuBackend.openDevice((reason) => {
    abort.abort(new Error(`The graphics device was lost: ${reason}`));
  });
  return {
    ...{ model, tokenizer },
    opened: await webgpuBackend.load(gpu, source, () => undefined, abort.signal),
  };
}

/** Loads a model and runs it on a text. @throws HeadgateError */
export async function runModel(
  api: Api,
  job: Asked,
  abort: AbortController,
  slot: SlotState | null = null,
): Promise<ModelRun> {
  return runText(await openModel(api, job.model, abort), job, abort.signal, slot);
}

/**
 * Runs a text, by default the model's example.
 * @param slot of a session, which says what the job leaves out, and how the model is changed
 * @throws HeadgateError
 */
export async function runText(
  { model, tokenizer, opened }: JobModel,
  job: Omit<Asked, 'model'>,
  signal: AbortSignal,
  slot: SlotState | null = null,
): Promise<ModelRun> {
  const { loaded, remarks, report = null, invalid = [] } = opened;
  const {
    target,
    generate,
    text = slot?.text ?? (await exampleFor(model, tokenizer, loaded.maxTokens)),
  } = job;
  const pair = job.pair ?? slot?.pair ?? undefined;
  if (target !== undefined && loaded.writes !== 'output') throw noTarget(model.name);
  const vocabulary = (id: number) => tokenizer.token(id);
  // What was written behind the session's own text.
  const written = job.text === undefined && generate === undefined ? (slot?.written ?? []) : [];
  const isBehind = loaded.writes === 'continuation';
  const whole = await tokenizer.encode(text, signal, pair);
  if (job.pair !== undefined && job.pair !== '' && !whole.some(({ ofPair }) => ofPair))
    throw noPair(model.name);
  const size = loaded.maxTokens ?? Infinity;
  const window =
    job.window ??
    ((slot?.excerpt ?? null) === null || whole.length <= size ? null : { size, at: slot?.excerpt ?? 0 });
  const excerpt = window === null ? { text, tokens: whole } : excerptOf(text, whole, window);
  const read = excerpt.tokens;
  const tokens = isBehind ? withCharacters([...read, ...written.map(vocabulary)]) : read;
  const decode =
    target !== undefined ? { targetText: target } : (generate ?? decodeOf(slot, isBehind ? [] : written));
  const input: RunInput = {
    text: excerpt.text,
    tokens,
    vocabulary,
    ...(decode === undefined ? {} : { decode }),
  };
  const run = await (generate === undefined
    ? loaded.run(input, signal)
    : generateText(loaded, input, signal));
  return {
    run: await changed(loaded, run, slot, input, signal, (other) => tokenizer.encode(other, signal)),
    model,
    reading: { loaded, tokenizer },
    remarks: remarks.sentences,
    report: report === null ? null : withTokenizer(report, model.config, tokenizer),
    invalid,
  };
}

/** How the output of a session's slot is found. */
function decodeOf(slot: SlotState | null, written: readonly number[]): DecodeOptions | undefined {
  if (written.length > 0) return { ...slot?.decode, target: written };
  return (slot?.decode ?? undefined) as DecodeOptions | undefined;
}

/** The run with the slot's changes; where the session looks at the original, the run itself. */
async function changed(
  loaded: LoadedModel,
  run: Run,
  slot: SlotState | null,
  input: RunInput,
  signal: AbortSignal,
  encode: (text: string) => Promise<RunInput['tokens']>,
): Promise<Run> {
  if (slot === null || slot.changes.length === 0 || slot.original) return run;
  const runOf = async (text: string) => loaded.run({ ...input, text, tokens: await encode(text) }, signal);
  return withChanges(loaded, run, await loadChanges(slot.changes, runOf), signal);
}

function noPair(model: string): HeadgateError {
  return new HeadgateError(
    'no-pair',
    `${model} reads one text at a time: --pair is for models whose tokenizer joins two.`,
    'Leave --pair out.',
  );
}

function noTarget(model: string): HeadgateError {
  return new HeadgateError(
    'no-target',
    `${model} has no decoder that could read a target: --target is for encoder-decoders.`,
    'Leave --target out.',
  );
}
