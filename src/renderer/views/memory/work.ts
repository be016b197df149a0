/** What the memory view computes: of the run, and of other models on its text, one after another. */
import type { ApiError } from '../../../common/contract.ts';
import { HeadgateError, toApiError } from '../../../common/error.ts';
import type { Work } from '../../common/computed.svelte.ts';
import type { Run } from '../../runs/run.ts';
import type { RecurrentTrace } from '../../runs/facets/recurrent.ts';
import type { ViewModels } from '../view.ts';
import type { Mode, Precision } from './choices.ts';
import { distancesOn, placeOn } from './across.ts';
import { keepWith, keptWith, measureInputs, measureStack, type MeasureOptions } from './measure.ts';
import type { Series } from './series.ts';
import { topOf } from '../../runs/facets/readout.ts';

export interface Wish {
  readonly run: Run;
  /** Of `states`: whose; null: not asked for. */
  readonly trace: RecurrentTrace | null;
  readonly mode: Mode;
  readonly spectral: boolean;
  readonly precision: Precision;
  /** Of `inputs`: the position of the output, and its token; null: the most probable. */
  readonly position: number;
  readonly output: number | null;
  /** Ids of other models. */
  readonly others: readonly string[];
}

export interface Measured {
  readonly series: readonly Series[];
  /** Models that could not be measured. */
  readonly errors: readonly { readonly id: string; readonly error: ApiError }[];
}

/** Candidates for an output that are looked through for the same token of another model. */
const CANDIDATES = 50;

/** The curves of a wish, shown as they grow. @throws what the run's own measuring throws */
export async function measure(
  wish: Wish,
  work: Pick<Work<Measured>, 'signal' | 'progress' | 'show'>,
  models: Pick<ViewModels, 'run'>,
): Promise<Measured> {
  const { run, others } = wish;
  const { signal } = work;
  let done: Measured = { series: [], errors: [] };
  const share = 1 / (others.length + 1);
  const shown = (index: number) => (part: number, series: readonly Series[]) => {
    work.progress((index + part) * share);
    work.show({ ...done, series: [...done.series, ...series] });
  };
  const text = wish.mode === 'inputs' ? await outputText(wish) : '';
  work.progress(0);
  const own = await ofModel(wish, run, run, text, signal, shown(0));
  done = { ...done, series: own };
  for (const [index, id] of others.entries()) {
    work.show(done);
    try {
      const series =
        keptWith(run, keyOf(wish, id)) ??
        (await models.run(
          id,
          run.text,
          async (other) => ofModel(wish, run, other, text, signal, shown(index + 1)),
          signal,
        ));
      done = { ...done, series: [...done.series, ...series] };
    } catch (error) {
      signal.throwIfAborted();
      done = { ...done, errors: [...done.errors, { id, error: toApiError(error) }] };
    }
  }
  return done;
}

function keyOf({ mode, trace, spectral, precision, position, output }: Wish, model: string): string {
  const what = mode === 'states' ? [trace?.stack, spectral, precision] : [position, output];
  return JSON.stringify([model, mode, ...what]);
}

/** Measures a model, unless it was. @param home whose text it is, with which the result is kept */
async function ofModel(
  wish: Wish,
  home: Run,
  run: Run,
  text: string,
  signal: AbortSignal,
  onProgress: (share: number, series: readonly Series[]) => void,
): Promise<readonly Series[]> {
  const key = keyOf(wish, run.model.id);
  const known = keptWith(home, key);
  if (known !== null) return known;
  const found =
    wish.mode === 'states'
      ? await statesOf(wish, home, run, { signal, onProgress })
      : await inputsOf(wish, home, run, text, { signal, onProgress: (share) => onProgress(share, []) });
  return keepWith(
    home,
    key,
    run === home ? found : found.map((series) => ({ ...series, distances: distancesOn(home, run, series) })),
  );
}

/** @throws HeadgateError `no-recurrent-layers` */
function statesOf(
  { trace: own, spectral, precision }: Wish,
  home: Run,
  run: Run,
  how: Pick<MeasureOptions, 'signal' | 'onProgress'>,
): Promise<Series[]> {
  const stacks = run.facet('recurrent') ?? [];
  const trace = run === home ? own : (stacks.find(({ stack }) => stack === own?.stack) ?? stacks[0]);
  if (trace === undefined || trace === null)
    throw new HeadgateError(
      'no-recurrent-layers',
      `${run.model.name} has no recurrent layers, so it carries no state from step to step.`,
      'Choose ‖∂logit/∂x_t‖ above, which every model here has.',
    );
  return measureStack(run, trace, { spectral, precision, ...how });
}

/** @throws HeadgateError `no-input-gradient` */
async function inputsOf(
  wish: Wish,
  home: Run,
  run: Run,
  text: string,
  how: { readonly signal: AbortSignal; readonly onProgress: (share: number) => void },
): Promise<Series[]> {
  const gradients = run.facet('inputGradient');
  if (gradients === null)
    throw new HeadgateError(
      'no-input-gradient',
      `${run.model.name} has no logits that can be derived by its inputs.`,
      'Compare models with an output layer.',
    );
  return measureInputs(run, gradients, await outputOf(wish, home, run, text), how);
}

/** The text of the output that is asked about. */
async function outputText({ run, position, output }: Wish): Promise<string> {
  const found = await topOf(run, position, CANDIDATES);
  return (output === null ? found[0] : found.find(({ token }) => token.id === output))?.token.text ?? '';
}

/** The output of a model that is asked about: the same text at the same place, or its own most probable one. */
async function outputOf({ position, output }: Wish, home: Run, run: Run, text: string) {
  const at = run === home ? position : placeOn(home, position, run);
  const found = await topOf(run, at, CANDIDATES);
  const same =
    run === home && output !== null
      ? found.find(({ token }) => token.id === output)
      : found.find(({ token }) => token.text === text);
  const token = (same ?? found[0])?.token;
  return { id: token?.id ?? output ?? 0, text: token?.text ?? '', position: at };
}
