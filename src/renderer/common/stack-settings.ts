import type { Run } from '../runs/run.ts';
import { recurrentStackName } from '../runs/activation-names.ts';

/** The settings by which a view's stack, layer and direction are given by name: what `StackChoice` keeps. */
export function stackSettings(run: Pick<Run, 'facet'>) {
  const recurrent = run.facet('recurrent') ?? [];
  const most = Math.max(0, ...recurrent.map(({ layers }) => layers - 1));
  return {
    stack: {
      name: 'stack',
      title: 'Stack of layers',
      kind: 'choice' as const,
      choices: recurrent.map(({ stack }) => recurrentStackName(stack)),
      default: recurrentStackName(recurrent.at(-1)?.stack ?? null),
    },
    layer: {
      name: 'layer',
      title: 'Layer, from 0',
      kind: 'number' as const,
      least: 0,
      most,
      whole: true,
      default: 0,
    },
    reverse: {
      name: 'reverse',
      title: 'The direction that reads from the end',
      kind: 'switch' as const,
      default: false,
    },
  };
}

/** The setting by which a unit of a view's layer is given. @param title what is shown of it */
export function unitSetting(run: Pick<Run, 'facet'>, title: string) {
  return {
    name: 'unit',
    title: `${title}, from 0; -1: none`,
    kind: 'number' as const,
    least: -1,
    most: Math.max(-1, ...(run.facet('recurrent') ?? []).map(({ units }) => units - 1)),
    whole: true,
    default: -1,
  };
}
