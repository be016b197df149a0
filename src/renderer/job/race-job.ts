import type { RaceJob } from '../../common/contract.ts';
import { laneOf } from '../analysis/race.ts';
import type { Api } from '../api.ts';
import { generateText } from '../models/generate.ts';
import { runModel } from './model-run.ts';
import { tellNotes } from './notes.ts';
import { sendOutput } from './output.ts';

/** `headgate race`: sends what one model writes and when, as JSON; a first run, which compiles the shaders, does not count. */
export async function runRaceJob(api: Api, job: RaceJob, abort: AbortController): Promise<void> {
  const made = await runModel(api, job, abort);
  const { run: first, model, reading } = made;
  await tellNotes(api, made);
  const { loaded, tokenizer } = reading;
  laneOf(first, null);
  const { signal } = abort;
  const input = {
    ...{ text: first.text, tokens: await tokenizer.encode(first.text, signal, job.pair) },
    vocabulary: (id: number) => tokenizer.token(id),
    ...(job.generate === undefined ? {} : { decode: job.generate }),
  };
  first.dispose();
  const run = await (job.generate === undefined
    ? loaded.run(input, signal)
    : generateText(loaded, input, signal));
  const { output, times, milliseconds } = laneOf(run, null);
  const report = { model: model.name, text: run.text, output, steps: times.length, milliseconds, times };
  await sendOutput(api, new Blob([JSON.stringify(report)]));
}
