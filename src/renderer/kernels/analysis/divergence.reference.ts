/** KL(softmax(before) ‖ softmax(after)) of each row of [R, V] logits, in nats, float64. */
export function referenceDivergence(
  before: ArrayLike<number>,
  after: ArrayLike<number>,
  width: number,
): Float64Array {
  const out = new Float64Array(before.length / width);
  for (let row = 0; row < out.length; row++) {
    const p = logSoftmax(before, row * width, width);
    const q = logSoftmax(after, row * width, width);
    for (let i = 0; i < width; i++) {
      const logP = p[i] ?? NaN;
      if (logP > -Infinity) out[row] = (out[row] ?? 0) + Math.exp(logP) * (logP - (q[i] ?? NaN));
    }
  }
  return out;
}

function logSoftmax(logits: ArrayLike<number>, from: number, width: number): number[] {
  const row = Array.from({ length: width }, (_, i) => logits[from + i] ?? NaN);
  const most = Math.max(...row);
  const total = most + Math.log(row.reduce((sum, value) => sum + Math.exp(value - most), 0));
  return row.map((value) => value - total);
}
