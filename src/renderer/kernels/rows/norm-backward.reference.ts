/**
 * Derivatives by what a layer norm (or an RMS norm, when not `centred`) read, in float64, rows of `weight.length` values:
 * with h = gradient ⊙ weight and x̂ the normed values, (h − mean h − x̂ · mean (h ⊙ x̂)) / √(variance + epsilon).
 */
export function referenceNormBackward(
  x: ArrayLike<number>,
  weight: ArrayLike<number>,
  gradient: ArrayLike<number>,
  { epsilon, centred }: { readonly epsilon: number; readonly centred: boolean },
): Float64Array {
  const width = weight.length;
  const out = new Float64Array(x.length);
  const mean = (value: (i: number) => number) => {
    let sum = 0;
    for (let i = 0; i < width; i++) sum += value(i);
    return sum / width;
  };
  for (let start = 0; start < x.length; start += width) {
    const at = (i: number) => x[start + i] ?? NaN;
    const centre = centred ? mean(at) : 0;
    const deviation = Math.sqrt(mean((i) => (at(i) - centre) ** 2) + epsilon);
    const normed = (i: number) => (at(i) - centre) / deviation;
    const h = (i: number) => (gradient[start + i] ?? NaN) * (weight[i] ?? NaN);
    const shift = centred ? mean(h) : 0;
    const slope = mean((i) => h(i) * normed(i));
    for (let i = 0; i < width; i++) out[start + i] = (h(i) - shift - normed(i) * slope) / deviation;
  }
  return out;
}
