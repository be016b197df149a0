/** Changes of a pass: heads whose output is scaled or replaced, states that are zeroed or patched. */
import type { Recorder } from '../../gpu/recorder.ts';
import { rowsOf, type GpuTensor } from '../../gpu/tensor.ts';
import { columnMeans } from '../../kernels/rows/column-means.ts';
import { editColumns } from '../../kernels/rows/edit-columns.ts';

export interface HeadEdit {
  readonly layer: number;
  readonly attention: 'self' | 'cross';
  readonly head: number;
  /** Multiplies the head's output; `mean` puts its mean over all positions in its place. */
  readonly factor: number | 'mean';
}

export interface StateEdit {
  /** Of `hidden_states.<layer>`: 0 are the embeddings. */
  readonly layer: number;
  readonly position: number;
  /** What takes the state's place, [1, D]; null: zeros. */
  readonly value: GpuTensor | null;
}

export interface Edits {
  readonly heads: readonly HeadEdit[];
  readonly states: readonly StateEdit[];
}

/** Changes the output [T, H·d] of a layer's heads, before it is projected. */
export function editHeads(
  recorder: Recorder,
  heads: readonly HeadEdit[],
  { layer, attention }: Pick<HeadEdit, 'layer' | 'attention'>,
  mixed: GpuTensor,
  headWidth: number,
): void {
  const own = heads.filter((edit) => edit.layer === layer && edit.attention === attention);
  for (const { head, factor } of own) {
    const columns = [head * headWidth, (head + 1) * headWidth] as const;
    if (factor !== 'mean') editColumns(recorder, mixed, { columns, factor });
    else {
      const means = recorder.temp([mixed.shape[1] ?? 0], 'means');
      columnMeans(recorder, [mixed], means);
      editColumns(recorder, mixed, { columns, factor: 0, means });
      recorder.free(means);
    }
  }
}

/** Changes rows of `hidden_states.<layer>` [T, D]. */
export function editStates(
  recorder: Recorder,
  states: readonly StateEdit[],
  layer: number,
  hidden: GpuTensor,
): void {
  for (const { position, value } of states.filter((edit) => edit.layer === layer)) {
    const row = rowsOf(hidden, position, position + 1);
    if (value === null) editColumns(recorder, row, { columns: [0, row.shape[1] ?? 0], factor: 0 });
    else recorder.copy(value, row);
  }
}
