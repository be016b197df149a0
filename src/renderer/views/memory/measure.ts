/** Measuring gradients through time of runs, and keeping what was measured with them. */
import { outputName, outputText } from '../../common/output-text.ts';
import type { Run } from '../../runs/run.ts';
import type { InputGradients } from '../../runs/facets/input-gradient.ts';
import type { GradientNorms, RecurrentTrace } from '../../runs/facets/recurrent.ts';
import type { Precision } from './choices.ts';
import type { Quantity, Series } from './series.ts';
import { recurrentLayerName } from '../../runs/activation-names.ts';

export interface MeasureOptions {
  readonly spectral: boolean;
  readonly precision: Precision;
  readonly signal: AbortSignal;
  /** Tells how far the work is, and what is known by now. */
  readonly onProgress: (share: number, series: readonly Series[]) => void;
}

/** Random vectors that estimate a norm: one standard error is about a tenth of it, and an eighth for long texts. */
const PROBES = 32;
const PROBES_OF_LONG = 16;
/** Tokens of a text for which fewer vectors must do. */
const LONG = 2000;

/** How many random vectors estimate the norms of a text. */
export function probesFor({ tokens }: Pick<RecurrentTrace, 'tokens'>): number {
  return tokens.length > LONG ? PROBES_OF_LONG : PROBES;
}

/**
 * Operations of exact norms with all rows above which they are estimated unless they are asked for exactly. Rows become
 * fewer on the way: without a GPU so many take some seconds.
 */
const MOST_EXACT = 1.6e11;
/** Operations above which an estimate is shown until they are there; below, the curves themselves grow fast enough. */
const MOST_AT_ONCE = 3e10;

/**
 * ‖∂h_T/∂h_t‖ and, of LSTMs, ‖∂c_T/∂c_t‖ with their cross terms, of every layer and direction of a stack. What takes
 * some time is estimated first, so that all curves are soon there.
 */
export async function measureStack(
  run: Run,
  trace: RecurrentTrace,
  { spectral, precision, signal, onProgress }: MeasureOptions,
): Promise<Series[]> {
  const derived = trace.cell === 'lstm' ? (['hidden', 'cell'] as const) : (['hidden'] as const);
  const jobs = Array.from({ length: trace.layers }, (_, layer) => layer)
    .flatMap((layer) =>
      (trace.reversed[layer] === true ? [false, true] : [false]).map((reverse) => ({ layer, reverse })),
    )
    .map((direction, place) => ({ ...direction, place }));
  const passes = passesOf(trace, precision);
  const found: (readonly Series[])[] = jobs.map(() => []);
  for (const [pass, probes] of passes.entries())
    for (const [index, { layer, reverse, place }] of jobs.entries()) {
      const known = (norms: readonly GradientNorms[]) =>
        derived.flatMap((of, at) => {
          const one = norms[at];
          return one === undefined ? [] : seriesOf(run, trace, one, { layer, reverse, of, place });
        });
      const norms = await trace.gradients(layer, reverse, derived, {
        ...{ spectral, signal },
        ...(probes === null ? {} : { probes }),
        onProgress: (steps, total, part) => {
          const done =
            (pass * jobs.length + index + steps / Math.max(total, 1)) / (passes.length * jobs.length);
          // A curve that is there stays until a better one is whole.
          onProgress(
            done,
            found.map((curves, job) => (job === index && pass === 0 ? known(part) : curves)).flat(),
          );
        },
      });
      found[index] = known(norms);
    }
  return found.flat();
}

/** How a stack is measured, one pass after another: by so many random vectors, or exactly (null). */
function passesOf(trace: RecurrentTrace, precision: Precision): readonly (number | null)[] {
  const work = exactWork(trace);
  if (precision === 'probes' || (precision === 'auto' && work > MOST_EXACT)) return [probesFor(trace)];
  return work > MOST_AT_ONCE ? [probesFor(trace), null] : [null];
}

/** Operations of the exact norms, were every row kept: at every step every row of the Jacobian goes through the recurrent weights. */
function exactWork({ cell, gates, layers, units, state, tokens }: RecurrentTrace): number {
  const rows = state + (cell === 'lstm' ? units : 0);
  return 2 * layers * tokens.length * rows * Math.max(gates.length, 1) * units * state;
}

function seriesOf(
  { model }: Run,
  trace: RecurrentTrace,
  { frobenius, cell, spectral, error }: GradientNorms,
  about: {
    readonly layer: number;
    readonly reverse: boolean;
    readonly of: 'hidden' | 'cell';
    readonly place: number;
  },
): Series[] {
  const { layer, reverse, of, place } = about;
  const where = [
    trace.layers > 1 ? `layer ${layer}` : '',
    reverse ? 'reverse' : trace.reversed[layer] === true ? 'forward' : '',
  ].filter((word) => word !== '');
  const one = (quantity: Quantity, words: string, values: Float32Array | null, own = false): Series[] =>
    values === null
      ? []
      : [
          {
            id: `${model.id} ${recurrentLayerName({ stack: trace.stack, layer, direction: reverse ? 'reverse' : 'forward' })} ${quantity}`,
            model: { id: model.id, name: model.name },
            part: [...where, words].filter((word) => word !== '').join(', '),
            error: own ? error : null,
            ...{
              tokens: trace.tokens,
              side: trace.stack === 'encoder' ? 'source' : 'target',
              distances: null,
            },
            ...{ quantity, place, values, reverse },
          },
        ];
  return of === 'cell'
    ? [...one('c by c', 'cell', cell, true), ...one('c by h', 'cell by hidden', frobenius)]
    : [
        ...one('h by h', trace.cell === 'lstm' ? 'hidden' : '', frobenius, true),
        ...one('h by c', 'hidden by cell', cell),
        ...one('spectral', 'spectral', spectral),
      ];
}

/** ‖∂logit/∂x_t‖ of one output at one position, of every sequence that it depends on. */
export async function measureInputs(
  run: Run,
  gradients: InputGradients,
  output: { readonly id: number; readonly text: string; readonly position: number },
  { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress: (share: number) => void },
): Promise<Series[]> {
  const { id, position } = output;
  const found = await gradients.of({ output: id, position }, { signal, onProgress });
  signal.throwIfAborted();
  return found.map(({ side, tokens, norms }) => ({
    id: `${run.model.id} inputs ${side}`,
    model: { id: run.model.id, name: run.model.name },
    quantity: 'logit by x',
    part: `logit of ${outputName(run, output, `at ${position}`)}${found.length > 1 ? ` by the ${side}` : ''}`,
    brief: `“${outputText(run, output)}”`,
    place: 0,
    values: norms,
    error: null,
    ...{ tokens, side, distances: null },
    reverse: false,
  }));
}

const kept = new WeakMap<Run, Map<string, readonly Series[]>>();

/** What was measured on a run's text, under a name; null: nothing yet. It goes with the run. */
export function keptWith(run: Run, name: string): readonly Series[] | null {
  return kept.get(run)?.get(name) ?? null;
}

export function keepWith(run: Run, name: string, series: readonly Series[]): readonly Series[] {
  const map = kept.get(run) ?? new Map<string, readonly Series[]>();
  kept.set(run, map.set(name, series));
  return series;
}
