import { nextTurn } from '../../common/next-turn.ts';
import type { Gpu } from '../../gpu/gpu.ts';
import type { Recorder } from '../../gpu/recorder.ts';

/** Records a part of a pass. */
export type Part = (recorder: Recorder) => void;

/**
 * Records and submits parts of a pass one after another; between them the window draws and answers. Resolves when all is
 * queued. @throws as `Gpu.submit` does
 */
export async function submitParts(
  gpu: Gpu,
  label: string,
  parts: readonly Part[],
  options: Parameters<Gpu['submit']>[2],
): Promise<void> {
  for (const [index, part] of parts.entries()) {
    if (index > 0) await nextTurn();
    await gpu.submit(label, part, options);
  }
}

/** The parts, the last of which goes on with something short: no submit of its own. */
export function followedBy(parts: readonly Part[], after: Part): readonly Part[] {
  const last = parts.at(-1);
  return [
    ...parts.slice(0, -1),
    (recorder) => {
      last?.(recorder);
      after(recorder);
    },
  ];
}
