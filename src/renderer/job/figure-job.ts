import type { FigureJob } from '../../common/contract.ts';
import { HeadgateError, quote } from '../../common/error.ts';
import type { Api } from '../api.ts';
import type { Json } from '../common/saved.ts';
import { viewIdOf } from '../common/view-ids.ts';
import { csvOf } from '../common/csv.ts';
import { npzOf } from '../common/npz.ts';
import { figureSize, writeFigure } from '../drawing/figure.ts';
import type { ReadingModel } from '../models/repeated-random.ts';
import type { Run } from '../runs/run.ts';
import { assertTaken, stateOf } from '../views/settings.ts';
import type { ViewInstance } from '../views/view.ts';
import { sceneOf, type FigureScene } from './figure-scene.ts';
import { JobContext } from './job-context.ts';
import { runModel } from './model-run.ts';
import { tellNotes } from './notes.ts';
import { sendOutput } from './output.ts';
import { fitting } from './views-job.ts';

/** `headgate figure`: sends one view of one run as a file. */
export async function runFigureJob(api: Api, job: FigureJob, abort: AbortController): Promise<void> {
  const scene = sceneOf(job);
  const made = await runModel(api, job, abort, scene?.slot ?? null);
  const { run, reading } = made;
  await tellNotes(api, made);
  await sendOutput(api, await figureOf(run, reading, job, scene));
}

/**
 * A view of a run as a file.
 * @throws HeadgateError `unknown-view`, `unknown-setting`, `bad-setting` (also of --attention), `no-figure`
 */
export async function figureOf(
  run: Run,
  reading: ReadingModel,
  job: FigureJob,
  scene: FigureScene | null = null,
): Promise<Blob> {
  const definition = fitting(run).find(({ id }) => id === viewIdOf(job.view));
  if (definition === undefined) throw noView(job.view, run);
  checkAttention(run, job);
  const state = stateOf(job.view, definition.settings(run), job.settings);
  const module = await definition.load();
  const saved = { ...(scene?.state as Readonly<Record<string, Json>> | null), ...state };
  const view = module.create(new JobContext(run, reading, job, scene), saved);
  try {
    assertTaken(job.view, state, view.save());
    return await fileOf(view, job, run.model.name);
  } finally {
    view.close();
  }
}

async function fileOf(view: ViewInstance, job: FigureJob, model: string): Promise<Blob> {
  const { format } = job;
  if (format === 'csv' || format === 'npz') {
    const table = await view.table?.();
    if (table === undefined) throw nothing(job, model, 'numbers');
    return format === 'csv' ? csvOf(table) : npzOf(table.arrays);
  }
  const drawing = await view.drawing?.(figureSize(job, job));
  if (drawing === undefined) throw nothing(job, model, 'figure');
  return writeFigure(drawing, { ...job, format });
}

/** A kind of attention that the run does not have is not another one. */
function checkAttention(run: Run, { attention }: FigureJob): void {
  const kinds = run.attention.map(({ kind }) => kind);
  if (attention === undefined || kinds.includes(attention)) return;
  throw new HeadgateError(
    'bad-setting',
    `--attention is ${quote(attention)}; ${run.model.name} has ${kinds.length === 0 ? 'no attention' : kinds.join(', ')}.`,
    'Leave --attention out, or name one that the model has.',
  );
}

function nothing({ view }: FigureJob, model: string, what: string): HeadgateError {
  return new HeadgateError(
    'no-figure',
    `The view ${view} of ${model} gives no ${what}.`,
    'Name another view: see headgate views MODEL.',
  );
}

function noView(view: string, run: Run): HeadgateError {
  return new HeadgateError(
    'unknown-view',
    `There is no view ${quote(view)} that fits ${run.model.name}.`,
    `These do: ${fitting(run)
      .map(({ id }) => id)
      .join(', ')}.`,
  );
}
