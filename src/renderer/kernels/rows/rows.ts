import type { AdapterFacts } from '../../gpu/adapter.ts';
import { defineKernel, type Kernel } from '../../gpu/kernel.ts';
import type { Constants } from '../../gpu/shader.ts';
import { elements, type GpuTensor } from '../../gpu/tensor.ts';

/** Who works on a row: a thread, one of a quad of threads, a subgroup or a workgroup (`src/shaders/lib/rows.wgsl`). */
export const ROW_MODES = {
  thread: { BY_THREAD: true, QUADS: false, BY_SUBGROUP: false, BY_WORKGROUP: false },
  quad: { BY_THREAD: true, QUADS: true, BY_SUBGROUP: false, BY_WORKGROUP: false },
  subgroup: { BY_THREAD: false, QUADS: false, BY_SUBGROUP: true, BY_WORKGROUP: false },
  workgroup: { BY_THREAD: false, QUADS: false, BY_SUBGROUP: false, BY_WORKGROUP: true },
} as const;
export type RowMode = keyof typeof ROW_MODES;

/** Modes that need subgroups. */
const WITH_SUBGROUPS: readonly RowMode[] = ['quad', 'subgroup'];

/** Rows of one workgroup. */
const ROWS_PER_GROUP: Readonly<Record<RowMode, number>> = {
  thread: 64,
  quad: 64,
  subgroup: 16,
  workgroup: 1,
};

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
    subgroup: defineKernel(name, code, modes(...WITH_SUBGROUPS), ['subgroups']),
  };
}

/** The mode for rows of a width: threads alone where exchange is slow, subgroups where they are there. */
export function rowMode(facts: AdapterFacts, rows: number, width: number): RowMode {
  if (facts.isSoftware) {
    if (rows * 64 < width) return 'workgroup';
    return facts.subgroupSize === null ? 'thread' : 'quad';
  }
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
    kernel: WITH_SUBGROUPS.includes(mode) ? kernel.subgroup : kernel.plain,
    constants: { ...ROW_MODES[mode], VECTOR },
    rows,
    width,
    groups: [Math.ceil(rows / ROWS_PER_GROUP[mode])],
  };
}
