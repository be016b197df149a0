import type { ViewsJob } from '../../common/contract.ts';
import type { Api } from '../api.ts';
import type { Run } from '../runs/run.ts';
import { views } from '../views/registry.ts';
import { optionName } from '../views/settings.ts';
import type { ViewDefinition } from '../views/view.ts';
import { runModel } from './model-run.ts';
import { sendOutput } from './output.ts';

/** `headgate views`: sends the views that fit a run, with their settings, as JSON. */
export async function runViewsJob(api: Api, job: ViewsJob, abort: AbortController): Promise<void> {
  const { run, model } = await runModel(api, job, abort);
  const report = {
    model: model.name,
    text: run.text,
    views: fitting(run).map((view) => described(view, run)),
  };
  await sendOutput(api, new Blob([JSON.stringify(report)]));
}

/** The views that fit a run, best first. */
export function fitting(run: Run): readonly ViewDefinition[] {
  const score = new Map(views.map((view) => [view, view.score(run)]));
  const of = (view: ViewDefinition) => score.get(view) ?? 0;
  return views.filter((view) => of(view) > 0).toSorted((a, b) => of(b) - of(a));
}

function described({ id, title, description, score, settings }: ViewDefinition, run: Run) {
  return {
    ...{ id, title, description, score: score(run) },
    settings: settings(run).map((setting) => ({ ...setting, option: `--${optionName(setting)}` })),
  };
}
