import { defineKernel } from '../gpu/kernel.ts';
import type { Recorder } from '../gpu/recorder.ts';
import type { Constants } from '../gpu/shader.ts';
import { elements, type BufferRange, type GpuTensor } from '../gpu/tensor.ts';
import anyCode from '../../shaders/matmul-any.wgsl?raw';
import registerCode from '../../shaders/matmul.wgsl?raw';
import { ACTIVATIONS, type Activation } from './activation.ts';
import { asMatrix, STORED, type Matrix } from './weight.ts';

/** A thread's tile of sums and the workgroup's size. */
interface Shape {
  readonly ROWS: number;
  /** Columns / 4. */
  readonly QUADS: number;
  readonly GROUP_X: number;
  readonly GROUP_Y: number;
}

/** By rows of a: few rows leave room for fewer sums. */
export const MATMUL_TILES = {
  wide: { ROWS: 8, QUADS: 2, GROUP_X: 4, GROUP_Y: 4 },
  few: { ROWS: 4, QUADS: 2, GROUP_X: 16, GROUP_Y: 1 },
  one: { ROWS: 1, QUADS: 2, GROUP_X: 16, GROUP_Y: 1 },
} as const satisfies Record<string, Shape>;
export type MatmulTile = keyof typeof MATMUL_TILES;

const epilogues: readonly Constants[] = [false, true].flatMap((BIAS) =>
  [false, true].map((RESIDUAL) => ({ BIAS, RESIDUAL })),
);
const orders: readonly Constants[] = [{ TRANSPOSED: false }, { TRANSPOSED: true }];

const registerKernel = defineKernel(
  'matmul',
  registerCode,
  Object.values(MATMUL_TILES).flatMap((tile) =>
    Object.values(STORED).flatMap((WEIGHT) =>
      orders.flatMap((order) => epilogues.map((epilogue) => ({ ...tile, WEIGHT, ...order, ...epilogue }))),
    ),
  ),
);
const anyKernel = defineKernel(
  'matmul-any',
  anyCode,
  orders.flatMap((order) => epilogues.map((epilogue) => ({ ...order, ...epilogue }))),
);

export interface MatmulCall {
  /** [M, K], or [B, M, K] for a batch. */
  readonly a: GpuTensor;
  /**
   * [K, N] (or [N, K] when `transposed`); with a batch of a's also [B, K, N], else every a meets the same b.
   */
  readonly b: GpuTensor | Matrix;
  /** b is stored as [N, K], as in PyTorch's Linear: the product is a·bᵀ. */
  readonly transposed?: boolean;
  /** [M, N] or [B, M, N]; no buffer that is read. */
  readonly out: GpuTensor;
  /** [N], added to each row after scaling. */
  readonly bias?: GpuTensor | undefined;
  /** Of out's shape, added last. */
  readonly residual?: GpuTensor | undefined;
  readonly activation?: Activation;
  /** Multiplies the sums; 1 if left out. */
  readonly scale?: number;
  readonly label?: string;
}

/**
 * out = activate(scale · a·b + bias) + residual, in one dispatch.
 * @throws Error when the shapes do not fit: a defect in the caller.
 */
export function matmul(recorder: Recorder, call: MatmulCall, choice?: MatmulTile): void {
  const { a, out, bias, residual, transposed = false } = call;
  const batch = a.shape.length > 2 ? elements(a.shape.slice(0, -2)) : 1;
  const M = a.shape.at(-2) ?? 1;
  const K = a.shape.at(-1) ?? 1;
  const b = 'dtype' in call.b ? call.b : asMatrix(call.b);
  const matrices = 'dtype' in call.b || call.b.shape.length < 3 ? 1 : batch;
  const rows = b.shape[0] / matrices;
  const N = transposed ? rows : b.shape[1];
  if ((transposed ? b.shape[1] : rows) !== K || elements(out.shape) !== batch * M * N)
    throw new Error(
      `matmul ${call.label ?? ''}: [${a.shape.join(', ')}] by [${b.shape.join(', ')}]${transposed ? 'ᵀ' : ''} ` +
        `does not give [${out.shape.join(', ')}].`,
    );
  if (
    (bias !== undefined && elements(bias.shape) !== N) ||
    (residual && elements(residual.shape) !== batch * M * N)
  )
    throw new Error(`matmul ${call.label ?? ''}: bias or residual has the wrong size.`);

  const quads = isAligned(a, b.values, K, N, transposed);
  if (!quads && b.dtype !== 'f32') throw new Error('16-bit weights need rows of a multiple of 4 values.');
  const tile = MATMUL_TILES[choice ?? (M === 1 ? 'one' : M <= 8 ? 'few' : 'wide')];
  const epilogue = { TRANSPOSED: transposed, BIAS: bias !== undefined, RESIDUAL: residual !== undefined };
  const weightBytes = b.values.size;
  recorder.dispatch({
    kernel: quads ? registerKernel : anyKernel,
    constants: quads ? { ...tile, WEIGHT: STORED[b.dtype], ...epilogue } : epilogue,
    label: call.label ?? 'matmul',
    bind: { a, b: b.values, out, ...(bias && { bias }), ...(residual && { residual }) },
    params: {
      M,
      N,
      K,
      scale: call.scale ?? 1,
      activation: ACTIVATIONS[call.activation ?? 'none'],
      a_batch: M * K,
      b_batch: matrices > 1 ? K * N : 0,
      out_batch: M * N,
    },
    groups: quads
      ? [Math.ceil(N / (4 * tile.QUADS * tile.GROUP_X)), Math.ceil(M / (tile.ROWS * tile.GROUP_Y)), batch]
      : [Math.ceil(N / 32), Math.ceil(M / 32), batch],
    split: 1,
    work: { flop: 2 * batch * M * N * K, bytes: 4 * batch * (M * K + M * N) + weightBytes },
  });
}

/** True when the rows of a and of b can be read four values at a time. */
function isAligned(a: GpuTensor, b: BufferRange, K: number, N: number, transposed: boolean): boolean {
  return K % 4 === 0 && (transposed || N % 4 === 0) && a.offset % 4 === 0 && b.offset % 16 === 0;
}
