import type { AdapterFacts } from '../gpu/adapter.ts';
import { defineKernel, type Kernel } from '../gpu/kernel.ts';
import type { Constants } from '../gpu/shader.ts';
import { elements, type GpuTensor } from '../gpu/tensor.ts';

/** Who works on a row: a thread, a subgroup or a workgroup (`src/shaders/lib/rows.wgsl`). */
export const ROW_MODES = {
  thread: { BY_THREAD: true, BY_SUBGROUP: false, BY_WORKGROUP: false },
  subgroup: { BY_THREAD: false, BY_SUBGROUP: true, BY_WORKGROUP: false },
  workgroup: { BY_THREAD: false, BY_SUBGROUP: false, BY_WORKGROUP: true },
} as const;
export type RowMode = keyof typeof ROW_MODES;

/** Rows of one workgroup. */
const ROWS_PER_GROUP: Readonly<Record<RowMode, number>> = { thread: 64, subgroup: 16, workgroup: 1 };

/** Values of a row beyond which a subgroup is too few threads for it. */
const LONG_ROW = 8192;

/** A kernel over rows, in the variants that every device has and those that need subgroups. */
export interface RowKernel {
  readonly plain: Kernel;
  readonly subgroup: Kernel;
}

/** Declares a kernel over rows. @param variants its own constants */
export function defineRowKernel(
  name: string,
  code: string,
  variants: readonly Constants[] = [{}],
): RowKernel {
  const modes = (...names: RowMode[]): Constants[] =>
    names.flatMap((mode) =>
      [false, true].flatMap((VECTOR) => variants.map((own) => ({ ...ROW_MODES[mode], VECTOR, ...own }))),
    );
  return {
    plain: defineKernel(name, code, modes('thread', 'workgroup')),
    subgroup: defineKernel(name, code, modes('subgroup'), ['subgroups']),
  };
}

/** The mode for rows of a width: threads alone where exchange is slow, subgroups where they are there. */
export function rowMode(facts: AdapterFacts, rows: number, width: number): RowMode {
  if (facts.isSoftware) return rows * 64 < width ? 'workgroup' : 'thread';
  return facts.subgroupSize !== null && width <= LONG_ROW ? 'subgroup' : 'workgroup';
}

/** The kernel, constants and workgroups of a call; `tensors` are all that are read or written row by row. */
export function rowCall(
  kernel: RowKernel,
  mode: RowMode,
  tensors: readonly GpuTensor[],
): { kernel: Kernel; constants: Constants; rows: number; width: number; groups: [number] } {
  const [first] = tensors;
  const width = first?.shape.at(-1) ?? 1;
  const rows = elements(first?.shape ?? []) / width;
  const VECTOR = width % 4 === 0 && tensors.every(({ offset }) => offset % 4 === 0);
  return {
    kernel: mode === 'subgroup' ? kernel.subgroup : kernel.plain,
    constants: { ...ROW_MODES[mode], VECTOR },
    rows,
    width,
    groups: [Math.ceil(rows / ROWS_PER_GROUP[mode])],
  };
}
