/** What a further model needs of the GPU's memory, reckoned before it is opened. */

/** GPU bytes. */
export interface MemoryNeed {
  /** What the model is going to hold: its weights and what a run of it may keep. */
  readonly needed: number;
  /** What is held already. */
  readonly held: number;
  /** What all models together may hold. */
  readonly limit: number;
}

/** True when the model has room. */
export function fitsMemory({ needed, held, limit }: MemoryNeed): boolean {
  return needed + held <= limit;
}

/** Share of the machine's memory that a software adapter, which computes in it, may take. */
const SHARE_OF_MACHINE = 0.75;

/**
 * What all models of a window may hold, in GPU bytes. WebGPU does not tell how much memory a device has: the budget is the
 * user's, and an adapter that computes on the CPU has no more than the machine.
 * @param machine bytes of the machine's memory as the browser tells them, in steps; null: not told
 */
export function memoryLimit(budget: number, isSoftware: boolean, machine: number | null): number {
  return isSoftware && machine !== null ? Math.min(budget, machine * SHARE_OF_MACHINE) : budget;
}
