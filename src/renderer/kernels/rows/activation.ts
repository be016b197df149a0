/** Activation functions of matmul epilogues; `src/shaders/lib/activation.wgsl` has the same numbers. */
export const ACTIVATIONS = {
  none: 0,
  /** 0.5·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))) */
  gelu_tanh: 1,
  /** x·Φ(x), Φ the normal distribution */
  gelu_erf: 2,
  /** x·σ(x) */
  silu: 3,
  relu: 4,
  tanh: 5,
  sigmoid: 6,
  /** x·σ(1.702·x) */
  gelu_quick: 7,
} as const;
export type Activation = keyof typeof ACTIVATIONS;
