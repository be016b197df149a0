import { laneOf, stepsAt, type Lane } from '../../analysis/race.ts';
import { counted, formatPercent, formatTime } from '../../common/numbers.ts';
import { tableOf, type Table } from '../../common/table.ts';
import { tokenName } from '../../common/tokens.ts';
import type { Run } from '../../runs/run.ts';
import type { SlotRun } from '../view.ts';

/** A word of a racer, by its place in what it wrote. */
export interface LookedWord {
  readonly letter: string;
  readonly word: number;
}

/** A racer: a slot's run, what it wrote and where it looked. */
export interface Racer {
  readonly letter: string;
  readonly run: Run;
  readonly lane: Lane;
  /** Where the decoder looked, mean over the heads of its last layer, [T, S]; null: it looks at no source. */
  readonly alignment: Float32Array | null;
}

/** Slots whose models wrote step by step. */
export function racersOf(slots: readonly SlotRun[]): readonly SlotRun[] {
  return slots.filter(({ run }) => run.facet('pace') !== null);
}

/** Which slots do not race, and why; empty: all do. */
export function idleSentence(slots: readonly SlotRun[]): string {
  const idle = slots.filter(({ run }) => run.facet('pace') === null);
  const names = idle.map(({ letter, run }) => `${letter} (${run.model.name})`);
  if (names.length === 0) return '';
  return `${names.join(', ')} wrote nothing step by step, and ${names.length === 1 ? 'does' : 'do'} not race.`;
}

/** @param reference the right output; empty: all are compared with the first */
export async function readRace(
  slots: readonly SlotRun[],
  reference: string,
  signal?: AbortSignal,
): Promise<readonly Racer[]> {
  const wanted = reference.split(/\s+/).filter((word) => word !== '');
  const first = slots[0] === undefined ? [] : laneOf(slots[0].run, null).words.map(({ text }) => text);
  return Promise.all(
    slots.map(async ({ letter, run }, index) => {
      const compared = wanted.length > 0 ? wanted : index > 0 ? first : null;
      return { letter, run, lane: laneOf(run, compared), alignment: await alignmentOf(run, signal) };
    }),
  );
}

async function alignmentOf(run: Run, signal?: AbortSignal): Promise<Float32Array | null> {
  const map = run.attention.find(({ kind }) => kind === 'cross');
  if (map === undefined) return null;
  const values = await run.activations.get(map.activation(map.layers - 1))?.read(signal);
  if (values === undefined) return null;
  const size = map.queries.length * map.keys.length;
  return Float32Array.from({ length: size }, (_, i) => {
    let sum = 0;
    for (let head = 0; head < map.heads; head++) sum += values[head * size + i] ?? 0;
    return sum / map.heads;
  });
}

/** When a word was there, and where its model looked most for it; empty: there is no such word. */
export function wordSentence(racers: readonly Racer[], { letter, word }: LookedWord): string {
  const racer = racers.find((one) => one.letter === letter);
  const found = racer?.lane.words[word];
  if (racer === undefined || found === undefined) return '';
  const { lane, alignment, run } = racer;
  const steps = counted(lane.times.length, 'step');
  const when = `${letter}: “${found.text}” after ${stepsAt(lane, found.at)} of ${steps}, ${formatTime(found.at)}`;
  const about = found.differs ? '; differs' : '';
  const source = run.sourceTokens ?? [];
  if (alignment === null || source.length === 0) return `${when}${about}`;
  const weights = alignment.subarray(found.tokens[0] * source.length, (found.tokens[0] + 1) * source.length);
  const most = weights.reduce((best, weight, at) => (weight > (weights[best] ?? 0) ? at : best), 0);
  return `${when}${about}; looks most at ${tokenName(source, most)}, ${formatPercent(weights[most] ?? NaN)}`;
}

/** The longest time. */
export function lengthOf(racers: readonly Racer[]): number {
  return Math.max(0, ...racers.map(({ lane }) => lane.milliseconds));
}

/** A row for each word of each racer. */
export function raceTable(racers: readonly Racer[]): Table {
  const all = racers.flatMap(({ letter, run, lane }) =>
    lane.words.map((word) => ({ letter, model: run.model.name, ...word })),
  );
  const { columns, rows, arrays } = tableOf({
    slot: all.map(({ letter }) => letter),
    model: all.map(({ model }) => model),
    word: all.map(({ text }) => text),
    milliseconds: Float32Array.from(all, ({ at }) => at),
    differs: all.map(({ differs }) => String(differs)),
  });
  return {
    ...{ columns, rows },
    arrays: [
      ...arrays,
      ...racers.map(({ letter, lane }) => ({
        name: `times.${letter}`,
        shape: [lane.times.length],
        values: Float32Array.from(lane.times),
      })),
    ],
  };
}
