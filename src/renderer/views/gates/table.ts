import type { Lane } from '../../common/recurrent/lanes.ts';
import { readLane } from '../../common/recurrent/unit-values.ts';
import type { Table } from '../../common/table.ts';
import { tableOf } from '../../common/table.ts';
import type { Run, Token } from '../../runs/run.ts';
import type { UnitFacts } from './facts.ts';

/** Every value of every unit at every step: a row for each of these, and in the `.npz` each lane as [T, units]. */
export async function gatesTable(run: Run, lanes: readonly Lane[], tokens: readonly Token[]): Promise<Table> {
  const read: { readonly lane: Lane; readonly values: Float32Array; readonly units: number }[] = [];
  for (const lane of lanes) {
    const values = await readLane(run, lane);
    read.push({ lane, values, units: values.length / Math.max(tokens.length, 1) });
  }
  const units = Math.max(0, ...read.map((one) => one.units));
  return {
    columns: ['step', 'token', 'unit', ...lanes.map(({ title }) => title)],
    rows: {
      *[Symbol.iterator]() {
        for (const [step, { text }] of tokens.entries())
          for (let unit = 0; unit < units; unit++)
            yield [
              ...[step, text, unit],
              ...read.map((one) => (unit < one.units ? (one.values[step * one.units + unit] ?? null) : null)),
            ];
      },
    },
    arrays: [
      ...read.map((one) => ({
        name: one.lane.activation,
        shape: [tokens.length, one.units],
        values: one.values,
      })),
      { name: 'tokens', shape: [tokens.length], values: tokens.map(({ text }) => text) },
    ],
  };
}

/** What is known of each unit, a row each. */
export function factsTable({ units, activity, saturations, halfLife }: UnitFacts): Table {
  return tableOf({
    unit: Int32Array.from({ length: units }, (_, unit) => unit),
    activity,
    ...(halfLife === null ? {} : { half_life: halfLife }),
    ...Object.fromEntries(
      saturations.flatMap(({ lane, low, high }) => [
        [`${lane.title}_low`, low],
        [`${lane.title}_high`, high],
      ]),
    ),
  });
}
