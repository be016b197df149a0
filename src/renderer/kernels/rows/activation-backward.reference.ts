import { erf } from './activation.reference.ts';
import type { Activation } from './activation.ts';

/** Derivatives of the activation functions in float64; ReLU's is 0 at 0, as PyTorch has it. */
export function referenceSlope(x: number, activation: Activation): number {
  const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));
  switch (activation) {
    case 'none':
      return 1;
    case 'gelu_tanh': {
      const factor = Math.sqrt(2 / Math.PI);
      const t = Math.tanh(factor * (x + 0.044715 * x ** 3));
      return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * factor * (1 + 3 * 0.044715 * x * x);
    }
    case 'gelu_erf':
      return 0.5 * (1 + erf(x / Math.SQRT2)) + (x * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
    case 'silu':
      return sigmoid(x) * (1 + x * (1 - sigmoid(x)));
    case 'relu':
      return x > 0 ? 1 : 0;
    case 'tanh':
      return 1 - Math.tanh(x) ** 2;
    case 'sigmoid':
      return sigmoid(x) * (1 - sigmoid(x));
    case 'gelu_quick':
      return sigmoid(1.702 * x) * (1 + 1.702 * x * (1 - sigmoid(1.702 * x)));
  }
}
