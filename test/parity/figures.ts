/** Every view on some bundled models, as `headgate figure` draws it, beside the stored figures. */
import { expect } from 'vitest';
import { commands } from 'vitest/browser';
import type { FigureJob } from '../../src/common/contract.ts';
import { figureOf } from '../../src/renderer/job/figure-job.ts';
import { JobContext } from '../../src/renderer/job/job-context.ts';
import { fitting } from '../../src/renderer/job/views-job.ts';
import type { ReadingModel } from '../../src/renderer/models/repeated-random.ts';
import type { RunInput } from '../../src/renderer/runs/run-input.ts';
import type { Run } from '../../src/renderer/runs/run.ts';
import { saidBy, type Agrees } from '../gpu/views/agreement.ts';
import { must } from '../helpers/must.ts';
import { differenceOf } from '../helpers/same-figure.ts';

/** What is drawn of a model. */
interface Figures {
  /** Short, so that the files are small. */
  readonly text: string;
  readonly decode?: RunInput['decode'];
  /** Views that another model's figures have. */
  readonly except?: readonly string[];
}

/** Models that have figures: every view fits one of them. */
export const FIGURES: Readonly<Record<string, Figures>> = {
  'headgate-gpt': { text: 'The cat sat.' },
  'headgate-bert': { text: 'The cat [MASK] on it.' },
  'headgate-char-lstm': { text: 'sea' },
  'headgate-en-es-lstm-attention': {
    text: 'the king',
    decode: { beams: 2, maxTokens: 8 },
    except: ['gates', 'memory', 'outputs', 'trajectory', 'attention-grid'],
  },
  'headgate-word-vectors': { text: 'king - man + woman' },
};

/** Views of models that no bundled one is: the contract test draws them. */
const UNSEEN = ['pooling'];
/** Views of times that were measured, which are others each time. */
const TIMED = ['race'];

const SIZE = { width: 480, height: 360, text: 12 };
const stored = import.meta.glob<string>('../fixtures/figures/*.svg', {
  query: '?raw',
  import: 'default',
  eager: true,
});
const agreements = import.meta.glob<Agrees>('../gpu/views/agrees/*.ts', { eager: true, import: 'agrees' });

/** The views that have a stored figure, or can have none. */
export const drawnViews = new Set([
  ...TIMED,
  ...UNSEEN,
  ...Object.keys(stored).map((path) => must(/\.([a-z-]+)\.svg$/.exec(path))[1]),
]);

/** Expects that the figures of a run are the stored ones, and that their numbers are the run's. */
export async function compareFigures(name: string, run: Run, reading: ReadingModel): Promise<void> {
  const left = [...TIMED, ...(FIGURES[name]?.except ?? [])];
  for (const view of fitting(run).filter(({ id }) => !left.includes(id))) {
    const job = jobOf(name, view.id);
    const svg = await (await figureOf(run, reading, job)).text();
    const file = `../fixtures/figures/${name}.${view.id}.svg`;
    if (import.meta.env['VITE_MAKE_FIGURES'] === undefined)
      expect(differenceOf(svg, stored[file] ?? ''), `${file}; see test/fixtures/figures/make.mjs`).toBeNull();
    else await commands.writeFile(`test/fixtures/figures/${name}.${view.id}.svg`, svg);

    const instance = (await view.load()).create(new JobContext(run, reading, job), null);
    const drawing = await must(instance.drawing).call(instance, SIZE);
    const table = await must(instance.table).call(instance);
    await must(agreements[`../gpu/views/agrees/${view.id}.ts`])(saidBy(run, table, drawing));
    instance.close();
  }
}

function jobOf(model: string, view: string): FigureJob {
  return {
    ...{ kind: 'figure', model, view, settings: {}, log: false, hideFirstToken: false },
    ...{ format: 'svg', theme: 'light', transparent: false, width: SIZE.width, height: SIZE.height },
    ...{ millimetres: 174, scale: 2 },
  };
}
