import type { Run } from '../../runs/run.ts';
import type { Intervention } from '../../runs/facets/changes.ts';
import type { ChangeRef } from './document.ts';

/** Changes as data: their sources are named by text and position. */
export function saveChanges(changes: readonly Intervention[]): ChangeRef[] {
  return changes.map((change): ChangeRef => {
    if (change.kind === 'head') return { ...change };
    const { from, ...rest } = change;
    return { ...rest, from: from === null ? null : { text: from.run.text, position: from.position } };
  });
}

/**
 * Changes of a document.
 * @param runOf gives the run of a text, once for each
 * @throws what `runOf` throws
 */
export async function loadChanges(
  refs: readonly ChangeRef[],
  runOf: (text: string) => Promise<Run>,
): Promise<Intervention[]> {
  const runs = new Map<string, Promise<Run>>();
  const source = (text: string): Promise<Run> => {
    const run = runs.get(text) ?? runOf(text);
    runs.set(text, run);
    return run;
  };
  const changes: Intervention[] = [];
  for (const ref of refs) {
    if (ref.kind === 'head') {
      const { kind, attention, layer, head, factor } = ref;
      changes.push({ kind, layer, head, factor, ...(attention === undefined ? {} : { attention }) });
      continue;
    }
    const { kind, side, layer, position, from } = ref;
    changes.push({
      kind,
      layer,
      position,
      ...(side === undefined ? {} : { side }),
      from: from === null ? null : { run: await source(from.text), position: from.position },
    });
  }
  return changes;
}
