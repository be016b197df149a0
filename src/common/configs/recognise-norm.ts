import type { Shapes } from './recognise-stack.ts';

const NORM = /(^|\.)(norm|layer_?norm|ln)\.(weight|bias)$/i;

/** A LayerNorm of the states, by its name: `norm`, `layer_norm`, `layernorm` or `ln`. Null: there is none. */
export function normOf(
  shapes: Shapes,
  width: number,
): { readonly names: Record<string, string>; readonly used: readonly string[] } | null {
  const found = [...shapes].filter(
    ([name, shape]) => NORM.test(name) && shape.length === 1 && shape[0] === width,
  );
  const [weight, ...others] = found.map(([name]) => name).filter((name) => name.endsWith('.weight'));
  if (weight === undefined || others.length > 0) return null;
  // A BatchNorm has tensors of the same names.
  if (shapes.has(weight.replace(/weight$/, 'running_mean'))) return null;
  const bias = weight.replace(/weight$/, 'bias');
  const hasBias = found.some(([name]) => name === bias);
  return {
    names: { 'norm.weight': weight, ...(hasBias && { 'norm.bias': bias }) },
    used: hasBias ? [weight, bias] : [weight],
  };
}
