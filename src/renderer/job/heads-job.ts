import type { HeadsJob } from '../../common/contract.ts';
import { HeadgateError } from '../../common/error.ts';
import { labelOf, measureHeads, withRepeated, type MeasuredHead } from '../analysis/heads.ts';
import type { Api } from '../api.ts';
import { scoreRepeated } from '../models/repeated-random.ts';
import type { RepeatedScores } from '../runs/repeated-scores.ts';
import { HEAD_METRICS } from '../runs/head-metrics.ts';
import type { AttentionMap } from '../runs/run.ts';
import { runModel } from './model-run.ts';
import { tellNotes } from './notes.ts';
import { sendOutput } from './output.ts';

/** `headgate heads`: sends what every head does on a text, and on repeated random tokens, as JSON. */
export async function runHeadsJob(api: Api, job: HeadsJob, abort: AbortController): Promise<void> {
  const made = await runModel(api, job, abort);
  const { run, model, reading } = made;
  await tellNotes(api, made);
  if (run.attention.length === 0)
    throw new HeadgateError(
      'no-attention',
      `${model.name} has no attention, so it has no heads.`,
      'Name a Transformer, or a recurrent model whose decoder looks at its source.',
    );
  const work = { signal: abort.signal };
  const scores = job.repeated === undefined ? null : await scoreRepeated(reading, job.repeated, work);
  const heads = [];
  for (const map of run.attention) {
    const measured = withRepeated(await measureHeads({ map }, work), map.kind, scores);
    heads.push(...measured.map((head) => described(map, head)));
  }
  const report = {
    ...{ model: model.name, text: run.text, tokens: run.tokens.length },
    ...(scores !== null && { repeat_random: optionsOf(scores) }),
    heads,
  };
  await sendOutput(api, new Blob([JSON.stringify(report)]));
}

function optionsOf({ tokens, seed, samples }: RepeatedScores) {
  return { tokens, seed, samples };
}

/** A row of the table; what no query counts for is null. */
function described({ kind }: AttentionMap, head: MeasuredHead) {
  const { text, isMeasured, isClear } = labelOf(head);
  const known = (value: number) => (Number.isNaN(value) ? null : value);
  return {
    ...{ attention: kind, layer: head.layer, head: head.head },
    ...{ label: text, guess: !isMeasured, clear: isClear },
    ...Object.fromEntries(HEAD_METRICS.map((name) => [name, known(head.metrics[name])])),
    ...(head.repeated && { repeat_random: head.repeated }),
  };
}
