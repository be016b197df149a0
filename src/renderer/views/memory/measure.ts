/** Measuring gradients through time of runs, and keeping what was measured with them. */
import type { GradientNorms, RecurrentTrace, Run } from '../../runs/run.ts';
import type { Precision } from './choices.ts';
import type { Quantity, Series } from './series.ts';

export interface MeasureOptions {
  readonly spectral: boolean;
  readonly precision: Precision;
  readonly signal: AbortSignal;
  /** Tells how far the work is, and what is known by now. */
  readonly onProgress: (share: number, series: readonly Series[]) => void;
}

/** Random vectors that estimate a norm: one standard error is about a tenth. */
export const PROBES = 32;
/** Steps times the width of a state, above which a norm is estimated unless it is asked for exactly. */
const MOST_EXACT = 400_000;

/** ‖∂h_T/∂h_t‖ and, of LSTMs, ‖∂c_T/∂c_t‖ with their cross terms, of every layer and direction of a stack. */
export async function measureStack(
  run: Run,
  trace: RecurrentTrace,
  { spectral, precision, signal, onProgress }: MeasureOptions,
): Promise<Series[]> {
  const directions = Array.from({ length: trace.layers }, (_, layer) =>
    (trace.bidirectional ? [false, true] : [false]).map((reverse) => ({ layer, reverse })),
  ).flat();
  const derived = trace.cell === 'lstm' ? (['hidden', 'cell'] as const) : (['hidden'] as const);
  const isLong = trace.tokens.length * trace.units > MOST_EXACT;
  const estimated = precision === 'probes' || (precision === 'auto' && isLong);
  const done: Series[] = [];
  let count = 0;
  for (const [place, { layer, reverse }] of directions.entries())
    for (const of of derived) {
      const known = (norms: GradientNorms) => seriesOf(run, trace, norms, { layer, reverse, of, place });
      const norms = await trace.gradient(layer, reverse, {
        ...{ of, spectral: spectral && of === 'hidden', signal },
        ...(estimated ? { probes: PROBES } : {}),
        onProgress: (steps, total, part) =>
          onProgress((count + steps / Math.max(total, 1)) / (directions.length * derived.length), [
            ...done,
            ...known(part),
          ]),
      });
      done.push(...known(norms));
      count += 1;
    }
  return done;
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
    reverse ? 'reverse' : trace.bidirectional ? 'forward' : '',
  ].filter((word) => word !== '');
  const one = (quantity: Quantity, words: string, values: Float32Array | null, own = false): Series[] =>
    values === null
      ? []
      : [
          {
            id: `${model.id} ${trace.prefix}.${layer}${reverse ? '.reverse' : ''} ${quantity}`,
            model: { id: model.id, name: model.name },
            part: [...where, words].filter((word) => word !== '').join(', '),
            error: own ? error : null,
            tokens: trace.tokens,
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

/** ‖∂logit/∂x_t‖ of one output at one position. */
export async function measureInputs(
  run: Run,
  trace: RecurrentTrace,
  output: { readonly id: number; readonly text: string; readonly position: number },
  signal: AbortSignal,
): Promise<Series[]> {
  if (trace.inputGradient === null) return [];
  const values = await trace.inputGradient(output.id, output.position, signal);
  signal.throwIfAborted();
  return [
    {
      id: `${run.model.id} inputs`,
      model: { id: run.model.id, name: run.model.name },
      quantity: 'logit by x',
      part: `logit of “${output.text}” at ${output.position}`,
      place: 0,
      values,
      error: null,
      tokens: trace.tokens,
      reverse: false,
    },
  ];
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
