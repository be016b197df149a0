import { laneOf, type Lane } from '../../analysis/race.ts';
import { tableOf, type Table } from '../../common/table.ts';
import type { Run } from '../../runs/run.ts';
import type { SlotRun } from '../view.ts';

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
