import type { RaceJob } from '../../common/contract.ts';
import { HeadgateError } from '../../common/error.ts';
import { laneOf } from '../analysis/race.ts';
import type { Api } from '../api.ts';
import { generateText } from '../models/generate.ts';
import type { LoadedModel } from '../models/family.ts';
import { runModel } from './model-run.ts';
import { tellNotes } from './notes.ts';
import { sendOutput } from './output.ts';

/** Why a model wrote nothing, and what helps whoever wants to race it. */
function noPace(model: string, writes: LoadedModel['writes'], job: RaceJob): HeadgateError {
  const hint =
    writes === undefined
      ? 'It reads texts and writes none: race translators, or language models with --generate N.'
      : writes === 'continuation' && job.generate === undefined
        ? 'Let it write on: give --generate N, its number of tokens.'
        : 'Beam search has no clock: leave --beams out.';
  return new HeadgateError('no-pace', `${model} wrote nothing here, step by step.`, hint);
}

/** `headgate race`: sends what one model writes and when, as JSON; a first run, which compiles the shaders, does not count. */
export async function runRaceJob(api: Api, job: RaceJob, abort: AbortController): Promise<void> {
  const made = await runModel(api, job, abort);
  const { run: first, model, reading } = made;
  await tellNotes(api, made);
  const { loaded, tokenizer } = reading;
  if (first.facet('pace') === null) throw noPace(model.name, loaded.writes, job);
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
