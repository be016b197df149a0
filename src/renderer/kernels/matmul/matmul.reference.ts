import type { Activation } from '../rows/activation.ts';
import { referenceActivate } from '../rows/activation.reference.ts';

/**
 * out[m, n] = activate(scale · Σₖ a[m, k] · b[k, n] + bias[n]) + residual[m, n] in float64; b is [K, N], or [N, K] when
 * `transposed`.
 */
export function referenceMatmul(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  { M, N, K }: { readonly M: number; readonly N: number; readonly K: number },
  options: {
    readonly transposed?: boolean;
    readonly bias?: ArrayLike<number> | undefined;
    readonly residual?: ArrayLike<number> | undefined;
    readonly activation?: Activation;
    readonly scale?: number;
  } = {},
): Float64Array {
  const out = new Float64Array(M * N);
  for (let m = 0; m < M; m++)
    for (let n = 0; n < N; n++) {
      let sum = 0;
      for (let k = 0; k < K; k++)
        sum += (a[m * K + k] ?? NaN) * (b[options.transposed === true ? n * K + k : k * N + n] ?? NaN);
      const value = (options.scale ?? 1) * sum + (options.bias?.[n] ?? 0);
      out[m * N + n] =
        referenceActivate(value, options.activation ?? 'none') + (options.residual?.[m * N + n] ?? 0);
    }
  return out;
}
