import type { GpuTensor } from '../../gpu/tensor.ts';
import type { Activation } from '../rows/activation.ts';
import type { Matrix } from './weight.ts';

/** A product that is asked for, with what is done to its sums. */
export interface MatmulCall {
  /** [M, K], or [B, M, K] for a batch. */
  readonly a: GpuTensor;
  /**
   * [K, N] (or [N, K] when `transposed`); with a batch of a's also [B, K, N], else every a meets the same b.
   */
  readonly b: GpuTensor | Matrix;
  /** b is stored as [N, K], as in PyTorch's Linear: the product is a·bᵀ. Quantized weights always are. */
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
