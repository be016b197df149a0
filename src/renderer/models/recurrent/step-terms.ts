import type { Gpu } from '../../gpu/gpu.ts';
import type { Recorder } from '../../gpu/recorder.ts';
import { elements, reshape, rowsOf, type GpuTensor } from '../../gpu/tensor.ts';
import { matmul } from '../../kernels/matmul/matmul.ts';
import { timesRecurrent } from '../../kernels/recurrent/recurrent-product.ts';
import type { RecurrentLayer } from '../../kernels/recurrent/recurrent-layer.ts';
import { gateCount } from '../../kernels/recurrent/recurrent.ts';
import type { StepTerms } from '../../runs/facets/recurrent.ts';

/**
 * What one step of a layer adds up, computed again from the states before it; of the first (only) sequence.
 * @throws RangeError for a position outside the text; the signal's reason
 */
export async function stepTerms(
  gpu: Gpu,
  layer: RecurrentLayer,
  position: number,
  signal?: AbortSignal,
): Promise<StepTerms> {
  const { packed, inputs, slabs } = layer;
  if (!Number.isInteger(position) || position < 0 || position >= slabs.positions)
    throw new RangeError(`Position ${position} of ${slabs.positions}.`);
  const { units: H, state: P } = packed;
  const G = gateCount(packed.cell);
  const before = slabs.reverse ? position + 1 : position;
  const rowOf = (slab: GpuTensor, row: number, width: number) =>
    reshape(rowsOf(reshape(slab, [elements(slab.shape) / width, width]), row, row + 1), [1, width]);
  // B is 1: rows of a slab are positions.
  const state = rowOf(slabs.hidden, before, P);
  const parts = inputs.map((part) => rowOf(part, position, part.shape.at(-1) ?? 0));
  const sums = gpu.tensor([2, H * G], 'terms of a step', 'scratch');
  try {
    const [byInput, byHidden] = [rowsOf(sums, 0, 1), rowsOf(sums, 1, 2)];
    await gpu.submit(
      'terms of a step',
      (recorder) => {
        inputTerms(recorder, layer, parts, byInput);
        hiddenTerms(recorder, layer, state, byHidden);
      },
      { signal },
    );
    const rows = await gpu.read(sums, signal);
    const hidden = await gpu.read(state, signal);
    const terms = {
      x: joined(await Promise.all(parts.map((part) => gpu.read(part, signal)))),
      hidden,
      cell: slabs.cells === null ? null : await gpu.read(rowOf(slabs.cells, before, H), signal),
      byInput: byGate(rows.subarray(0, H * G), G),
      byHidden: byGate(rows.subarray(H * G), G),
    };
    if (packed.cell !== 'gru-reset-before') return terms;
    // U sees the state after the reset.
    const reset = hidden.map((value, unit) => {
      const sum = (terms.byInput[unit] ?? 0) + (terms.byHidden[unit] ?? 0);
      return value / (1 + Math.exp(-sum));
    });
    const own = gpu.tensor([1, P], 'state after the reset', 'scratch');
    try {
      gpu.upload(own, reset);
      await gpu.submit('terms of a step', (recorder) => hiddenTerms(recorder, layer, own, byHidden), {
        signal,
      });
      const again = byGate(await gpu.read(byHidden, signal), G);
      terms.byHidden.set(again.subarray(2 * H), 2 * H);
      return terms;
    } finally {
      gpu.release(own);
    }
  } finally {
    gpu.release(sums);
  }
}

/** W x with its bias, [1, H·G]. */
function inputTerms(
  recorder: Recorder,
  { packed }: RecurrentLayer,
  parts: readonly GpuTensor[],
  out: GpuTensor,
): void {
  let sum: GpuTensor | null = null;
  for (const [index, a] of parts.entries()) {
    const b = packed.input[index];
    if (b === undefined) throw new Error('A part of the input has no weights.');
    const isLast = index + 1 === parts.length;
    const target: GpuTensor = isLast ? out : recorder.temp(out.shape, 'input product');
    const before = sum === null ? { bias: packed.inputBias } : { residual: sum };
    matmul(recorder, { a, b, transposed: true, out: target, label: 'input product', ...before });
    sum = target;
  }
}

/** U h, with the recurrent bias of a GRU, [1, H·G]. */
function hiddenTerms(recorder: Recorder, { packed }: RecurrentLayer, state: GpuTensor, out: GpuTensor): void {
  timesRecurrent(recorder, packed, state, out);
}

/** [H·G], the gates of a unit side by side, as [G, H]. */
function byGate(values: Float32Array, gates: number): Float32Array<ArrayBuffer> {
  const units = values.length / gates;
  const result = new Float32Array(values.length);
  for (let g = 0; g < gates; g++)
    for (let unit = 0; unit < units; unit++) result[g * units + unit] = values[unit * gates + g] ?? 0;
  return result;
}

function joined(parts: readonly Float32Array[]): Float32Array<ArrayBuffer> {
  const result = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}
