import { expect } from 'vitest';
import { must } from '../../../helpers/must.ts';
import type { Agrees } from '../agreement.ts';

export const agrees: Agrees = async ({ run, arrays }) => {
  const [mean, axes] = [arrays('mean').map(Number), arrays('axes').map(Number)];
  const width = mean.length;
  const last = arrays('pc1').length - 1;
  const states = await must(run.activations.get(String(arrays('state')[last]))).read();
  const position = Number(arrays('position')[last]);
  const state = [...states.subarray(position * width, (position + 1) * width)];
  const rms = Math.sqrt(state.reduce((sum, value) => sum + value * value, 0) / width);
  /** Where the state stands along the first axis, at its own length or at that of all. */
  const along = (length: number) =>
    state.reduce((sum, value, i) => sum + (value / length - (mean[i] ?? 0)) * (axes[i] ?? 0), 0);
  const shown = Number(arrays('pc1')[last]);
  const gap = Math.min(...[1, rms].map((length) => Math.abs(along(length) - shown)));
  expect(gap).toBeLessThan(1e-3 * Math.max(1, Math.abs(shown)));
};
