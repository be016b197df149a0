/** `headgate capture` from the inside: sends the activations of a run to the host. */
import type { CaptureHeader, CaptureJob, Job, ModelDetail } from '../../common/contract.ts';
import { problemTypeOf } from '../../common/configs/labels.ts';
import { HeadgateError, toApiError } from '../../common/error.ts';
import { shortReport, type LoadReport } from '../../common/load-report.ts';
import { textNotes } from '../../common/text/text-notes.ts';
import type { Api } from '../api.ts';
import type { ActivationKind } from '../runs/activation-names.ts';
import { findInvalid, invalidNotice } from '../runs/invalid.ts';
import type { Activation, Run, Token } from '../runs/run.ts';
import { analysedKinds, analysedTensors } from './analysed.ts';
import type { CapturedTensor } from './captured-tensor.ts';
import { openModel, runText, type JobModel } from './model-run.ts';
import { PIECE } from './output.ts';

/** Runs the model and sends what is to be kept; several texts one after another, each to its own end. */
export async function runCaptureJob(api: Api, job: CaptureJob, abort: AbortController): Promise<void> {
  const opened = await openModel(api, job.model, abort);
  if (job.more === undefined) return captureText(api, opened, job, abort.signal);
  for (let current: Job = job; current.kind === 'capture'; current = await api.job()) {
    const error = await captureText(api, opened, current, abort.signal).then(() => null, toApiError);
    // Without a device no other text can be run.
    if (error !== null) abort.signal.throwIfAborted();
    await (error === null ? api.finishJob() : api.skipJob(error));
    if (current.more !== true) break;
  }
}

async function captureText(api: Api, opened: JobModel, job: CaptureJob, signal: AbortSignal): Promise<void> {
  const { run, model, remarks, report, invalid } = await runText(opened, job, signal);
  try {
    await send(api, run, { config: model.config, remarks, report, invalid }, job);
  } finally {
    run.dispose();
  }
}

/** What a capture says of its model. */
interface CapturedModel {
  readonly config: ModelDetail['config'];
  /** What is true of its files and changes the outputs. */
  readonly remarks: readonly string[];
  readonly report: LoadReport | null;
  /** Names of tensors that hold NaN or infinities. */
  readonly invalid: readonly string[];
}

async function send(
  api: Api,
  run: Run,
  about: CapturedModel,
  { keep, top }: Pick<CaptureJob, 'keep' | 'top'>,
): Promise<void> {
  const activations = [...run.activations.values()].filter(({ kind }) => keep.includes(KEPT_AS[kind]));
  const kept = [...activations.map(whole), ...analysedTensors(run, keep, top)];
  if (kept.length === 0) throw nothingKept(run, keep);
  const invalid = await findInvalid(run);
  const header = captureHeader(run, kept, about);
  const warning = invalid === null ? null : invalidNotice(invalid, about.invalid);
  const metadata = { ...header.metadata, ...(warning && { warning: `${warning.message} ${warning.hint}` }) };
  await api.beginJob({ ...header, metadata });
  for (const [index, tensor] of kept.entries()) {
    let offset = 0;
    for await (const piece of tensor.pieces()) {
      const bytes = new Uint8Array(piece.slice().buffer);
      for (let at = 0; at < bytes.length; at += PIECE)
        await api.sendJobBytes(index, offset + at, bytes.subarray(at, at + PIECE));
      offset += bytes.length;
    }
  }
}

function whole(activation: Activation): CapturedTensor {
  const { name, shape } = activation;
  return {
    ...{ name, shape },
    async *pieces() {
      yield await activation.read();
    },
  };
}

/** `nothing-to-keep`: what the run does not have, and what it has. */
export function nothingKept(
  run: Pick<Run, 'model' | 'activations' | 'attention' | 'facet'>,
  keep: CaptureJob['keep'],
): HeadgateError {
  const own = [...run.activations.values()].map(({ kind }) => KEPT_AS[kind]);
  const kinds = new Set([...own, ...analysedKinds(run)]);
  return new HeadgateError(
    'nothing-to-keep',
    `${run.model.name} gives no ${keep.join(' and no ')}, so there is nothing to write.`,
    `It gives ${[...kinds].join(', ')}.`,
  );
}

/** What `--keep` calls each kind; states of recurrent layers are hidden states. */
export const KEPT_AS: Readonly<Record<ActivationKind, CaptureJob['keep'][number]>> = {
  hidden_state: 'hidden_states',
  embeddings: 'hidden_states',
  cell: 'hidden_states',
  pooler_output: 'hidden_states',
  sentence_embedding: 'hidden_states',
  attention: 'attentions',
  cross_attention: 'attentions',
  attention_scores: 'attentions',
  attention_weights: 'attentions',
  attention_context: 'attentions',
  attention_vector: 'attentions',
  gate: 'gates',
  mlp: 'mlp',
  logits: 'logits',
  start_logits: 'logits',
  end_logits: 'logits',
  gradient_norm: 'gradient_norm',
  gradient_norm_cell: 'gradient_norm',
  cell_gradient_norm: 'cell_gradient',
};

/** The header of a capture file (format version 1): what the tensors are, and the tokens that they belong to. */
export function captureHeader(
  run: Run,
  kept: readonly Pick<CapturedTensor, 'name' | 'shape' | 'dtype'>[],
  { config, remarks, report }: Pick<CapturedModel, 'config' | 'remarks' | 'report'>,
): CaptureHeader {
  const notes = textNotes(run.tokens);
  const named = (tokens: readonly Token[]) => JSON.stringify(tokens.map(({ id, text }) => ({ id, text })));
  return {
    metadata: {
      headgate: '1',
      model: run.model.name,
      tokens: named(run.tokens),
      ...labelsIn(run),
      ...(run.sourceTokens === null ? {} : { source_tokens: named(run.sourceTokens) }),
      text: run.text,
      ...(notes.length === 0 ? {} : { text_notes: JSON.stringify(notes) }),
      config: JSON.stringify(config ?? {}),
      ...(report === null ? {} : { load_report: JSON.stringify(shortReport(report)) }),
      ...(remarks.length === 0 ? {} : { remarks: JSON.stringify(remarks) }),
    },
    tensors: kept.map(({ name, shape, dtype }) => ({ name, shape: [...shape], ...(dtype && { dtype }) })),
  };
}

/** Names of the labels in the order of the logits, what they are of, and Transformers' word for how they are read. */
function labelsIn(run: Run): Record<string, string> {
  const own = run.facet('labels');
  if (own === null) return {};
  const { labels, names, scoring } = own;
  return {
    labels: JSON.stringify(names),
    labels_of: labels,
    ...(labels === 'text' && { problem_type: problemTypeOf(scoring) }),
  };
}
