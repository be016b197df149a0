/** The ways a matmul can be cut into tiles, which of them a device can run, and which it runs until it was tuned. */
import type { AdapterFacts } from '../../gpu/adapter.ts';
import { defineKernel, type Kernel } from '../../gpu/kernel.ts';
import type { Constants } from '../../gpu/shader.ts';
import fewCode from '../../../shaders/matmul-few.wgsl?raw';
import quadCode from '../../../shaders/matmul-quad.wgsl?raw';
import registerCode from '../../../shaders/matmul-register.wgsl?raw';
import sharedCode from '../../../shaders/matmul-shared.wgsl?raw';
import { ACTIVATIONS, type Activation } from '../rows/activation.ts';
import { STORAGES, storageOf, type StoredDtype } from './weight.ts';

/** Sizes of one product out [M, N] = a [M, K] · b. */
export interface MatmulSize {
  readonly M: number;
  readonly N: number;
  readonly K: number;
}

export interface Tile {
  readonly kernel: Kernel;
  readonly constants: Constants;
  /** Rows and columns of out that a workgroup computes. */
  readonly rows: number;
  readonly columns: number;
}

/** How b lies in memory: constants of `lib/weight.wgsl`; and how many steps of k a turn of a loop takes. */
export function storageConstants(dtype: StoredDtype, transposed: boolean): Constants {
  return constantsOf(storageOf(dtype), transposed);
}

function constantsOf(storage: (typeof STORAGES)[number], transposed: boolean): Constants {
  const { BLOCKS } = storage;
  // Repacked blocks have an order of their own.
  return {
    ...storage,
    TRANSPOSED: transposed && !BLOCKS,
    BY_ROWS: !transposed && !BLOCKS,
    STEPS: BLOCKS ? 4 : 1,
  };
}

const storages = STORAGES.flatMap((storage) =>
  (storage.BLOCKS ? [true] : [false, true]).map((transposed) => constantsOf(storage, transposed)),
);

/** Constants of `lib/epilogue.wgsl`. */
export function epilogueConstants(activation: Activation, residual: boolean, vector: boolean): Constants {
  return { ACTIVATION: ACTIVATIONS[activation], RESIDUAL: residual, VECTOR: vector };
}

/** Every epilogue once: how sums are stored does not depend on how they were made. */
export const EPILOGUES: readonly Constants[] = (Object.keys(ACTIVATIONS) as Activation[]).flatMap(
  (activation) =>
    [false, true].flatMap((residual) =>
      [false, true].map((vector) => epilogueConstants(activation, residual, vector)),
    ),
);

/** Every storage with a plain epilogue, and one storage with every epilogue. */
const variants = (shapes: readonly Constants[]): Constants[] =>
  shapes.flatMap((shape) => [
    ...storages.map((storage) => ({ ...shape, ...storage, ...EPILOGUES[0] })),
    ...EPILOGUES.slice(1).map((epilogue) => ({ ...shape, ...storages[0], ...epilogue })),
  ]);

const REGISTER = {
  'register 1×8': { ROWS: 1, QUADS: 2, GROUP_X: 16, GROUP_Y: 1, WHOLE_BLOCKS: true },
  'register 4×8': { ROWS: 4, QUADS: 2, GROUP_X: 16, GROUP_Y: 1, WHOLE_BLOCKS: false },
  'register 16×8': { ROWS: 16, QUADS: 2, GROUP_X: 4, GROUP_Y: 1, WHOLE_BLOCKS: false },
} as const;
const QUAD = {
  'quad 8×16': { ROWS: 8, HALF_ROWS: 4, QUADS: 4, HALF_QUADS: 2 },
  'quad 16×16': { ROWS: 16, HALF_ROWS: 8, QUADS: 4, HALF_QUADS: 2 },
} as const;
/** Sums of a thread, and the tile of a workgroup. */
const SHARED = {
  'shared 4×4, 64×64': { ROWS: 4, QUADS: 1, GROUP_X: 16, GROUP_Y: 16 },
  'shared 8×8, 64×64': { ROWS: 8, QUADS: 2, GROUP_X: 8, GROUP_Y: 8 },
  'shared 8×8, 128×64': { ROWS: 8, QUADS: 2, GROUP_X: 8, GROUP_Y: 16 },
  'shared 8×8, 128×128': { ROWS: 8, QUADS: 2, GROUP_X: 16, GROUP_Y: 16 },
} as const;
const FEW = {
  'few 1': { ROWS: 1 },
  'few 4': { ROWS: 4 },
  'few 8': { ROWS: 8 },
} as const;

const register = defineKernel('matmul-register', registerCode, variants(Object.values(REGISTER)));
const quad = defineKernel('matmul-quad', quadCode, variants(Object.values(QUAD)), ['subgroups']);
const shared = defineKernel('matmul-shared', sharedCode, variants(Object.values(SHARED)));
const few = defineKernel('matmul-few', fewCode, variants(Object.values(FEW)));

/** Every tile by its name, which settings keep and the Engine panel shows. */
export const MATMUL_TILES: ReadonlyMap<string, Tile> = new Map<string, Tile>([
  ...tiles(REGISTER, ({ ROWS, QUADS, GROUP_X, GROUP_Y }) => ({
    kernel: register,
    rows: ROWS * GROUP_Y,
    columns: 4 * QUADS * GROUP_X,
  })),
  ...tiles(QUAD, ({ ROWS, QUADS }) => ({
    kernel: quad,
    rows: 2 * ROWS,
    columns: 8 * QUADS,
  })),
  ...tiles(SHARED, ({ ROWS, QUADS, GROUP_X, GROUP_Y }) => ({
    kernel: shared,
    rows: ROWS * GROUP_Y,
    columns: 4 * QUADS * GROUP_X,
  })),
  ...tiles(FEW, ({ ROWS }) => ({ kernel: few, rows: ROWS, columns: 32 })),
]);

function tiles<Shape extends Constants>(
  shapes: Readonly<Record<string, Shape>>,
  describe: (shape: Shape) => Omit<Tile, 'constants'>,
): [string, Tile][] {
  return Object.entries(shapes).map(([name, shape]) => [name, { ...describe(shape), constants: shape }]);
}

/** The tile of a name. @throws Error for a name that there is not. */
export function tileOf(name: string): Tile {
  const tile = MATMUL_TILES.get(name);
  if (tile === undefined) throw new Error(`There is no matmul tile “${name}”.`);
  return tile;
}

/** How b is read: by rows of [K, N], by rows of [N, K], or in repacked blocks. */
export const ORDERS = ['rows', 'columns', 'blocks'] as const;
/** Most rows of a in a class of products. */
export const ROW_CLASSES = [1, 8, 64, Infinity] as const;

/** Products that ask for the same tile: by rows of a, and by how b is read. */
export function shapeClass(M: number, order: (typeof ORDERS)[number]): string {
  const most = ROW_CLASSES.find((rows) => M <= rows) ?? Infinity;
  return `matmul, ${most === Infinity ? 'more' : `up to ${most}`} rows, ${order}`;
}

/** How b is read. */
export function orderOf(dtype: StoredDtype, transposed: boolean): (typeof ORDERS)[number] {
  if (storageOf(dtype).BLOCKS) return 'blocks';
  return transposed ? 'columns' : 'rows';
}

/** Worth a try for so many rows of a at most, by device: where a load is dear, and where there are many threads to feed. */
const WORTH_A_TRY = {
  software: [
    [1, ['register 1×8', 'register 4×8', 'few 1']],
    [8, ['register 1×8', 'register 4×8', 'register 16×8', 'quad 8×16']],
    // Barriers cost a software adapter many times what they save.
    [Infinity, ['register 4×8', 'register 16×8', 'quad 8×16', 'quad 16×16']],
  ],
  gpu: [
    [1, ['few 1', 'few 4', 'register 1×8']],
    [8, ['few 4', 'few 8', 'register 4×8', 'shared 4×4, 64×64']],
    [64, ['few 8', 'register 4×8', 'shared 4×4, 64×64', 'shared 8×8, 64×64']],
    [Infinity, Object.keys(SHARED)],
  ],
} as const satisfies Record<string, readonly (readonly [number, readonly string[]])[]>;

/** Tiles that a device can run and that are worth a try for so many rows of a: the autotuner's three or four. */
export function candidates(M: number, facts: AdapterFacts): string[] {
  const tried = WORTH_A_TRY[facts.isSoftware ? 'software' : 'gpu'].find(([most]) => M <= most)?.[1] ?? [];
  const isPossible = ({ kernel }: Tile) =>
    !kernel.features.includes('subgroups') || facts.subgroupSize !== null;
  const possible = tried.filter((name) => isPossible(tileOf(name)));
  return possible.length < 3 ? [...possible, 'register 1×8'] : possible;
}

/** The tile for a product on a device that was not tuned. */
export function defaultTile({ M, N }: MatmulSize, facts: AdapterFacts): string {
  if (facts.isSoftware) {
    if (M === 1) return 'register 1×8';
    if (M <= 4) return 'register 4×8';
    if (facts.subgroupSize === null) return 'register 16×8';
    // The smaller tile is a tenth slower, but wastes less on the last rows, and its code is compiled in half the time: that is
    // most of the first run of a short text.
    const wastesLess = Math.ceil(M / 16) * 16 * 1.1 < Math.ceil(M / 32) * 32;
    return M <= 64 || wastesLess ? 'quad 8×16' : 'quad 16×16';
  }
  if (M === 1) return 'few 1';
  if (M <= 4) return 'few 4';
  if (M <= 8) return 'few 8';
  // Large tiles read least, but only a discrete GPU has the registers, and only many of them keep it busy.
  const workgroups = (rows: number, columns: number) => Math.ceil(M / rows) * Math.ceil(N / columns);
  if (M <= 64 || !isDiscrete(facts)) return 'shared 4×4, 64×64';
  if (workgroups(128, 128) >= 128) return 'shared 8×8, 128×128';
  return workgroups(128, 64) >= 64 ? 'shared 8×8, 128×64' : 'shared 8×8, 64×64';
}

/**
 * Rows at the end of a that a smaller tile takes with less waste than one more of the large ones; 0: none. A second kernel
 * is compiled for them, which pays where a product comes again and again.
 */
export function rowsLeftOver(M: number, facts: AdapterFacts): number {
  if (!facts.isSoftware || facts.subgroupSize === null || M <= 64) return 0;
  const over = M % tileOf('quad 16×16').rows;
  return over <= tileOf('quad 8×16').rows ? over : 0;
}

function isDiscrete({ vendor, architecture }: AdapterFacts): boolean {
  return /nvidia/i.test(vendor) || (/amd/i.test(vendor) && /rdna/i.test(architecture));
}
