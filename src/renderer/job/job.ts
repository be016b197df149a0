/** A window without a window: what commands such as `headgate capture` ask of the renderer. */
import type { Job } from '../../common/contract.ts';
import { toApiError } from '../../common/error.ts';
import type { Api } from '../api.ts';

/** Does the job that the host holds; whatever goes wrong is told to the host in one error. */
export async function runJob(api: Api): Promise<void> {
  const abort = new AbortController();
  try {
    await doJob(api, await api.job(), abort);
    await api.finishJob();
  } catch (error) {
    await api.failJob(toApiError(abort.signal.aborted ? abort.signal.reason : error));
  }
}

async function doJob(api: Api, job: Job, abort: AbortController): Promise<void> {
  if (job.kind === 'capture') await (await import('./capture-job.ts')).runCaptureJob(api, job, abort);
  else if (job.kind === 'figure') await (await import('./figure-job.ts')).runFigureJob(api, job, abort);
  else if (job.kind === 'heads') await (await import('./heads-job.ts')).runHeadsJob(api, job, abort);
  else if (job.kind === 'race') await (await import('./race-job.ts')).runRaceJob(api, job, abort);
  else await (await import('./views-job.ts')).runViewsJob(api, job, abort);
}
