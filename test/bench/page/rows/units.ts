/** What the recurrent views compute of units, without a GPU: correlations and patterns. */
import { onThroughout, stretchesOfAll, type OnSets } from '../../../../src/renderer/analysis/bit-sets.ts';
import { correlations } from '../../../../src/renderer/analysis/correlation.ts';
import type { Row } from '../measure.ts';
import { random } from './data.ts';

export function unitRows(): readonly Row[] {
  const row = (name: string, prepare: () => () => Promise<unknown>): Row => ({
    name,
    prepare: () => {
      const work = prepare();
      const run = async () => {
        await work();
      };
      return Promise.resolve({ ours: { name: 'headgate', run }, peers: [] });
    },
  });
  return [
    row('correlations of 400 units with 8 features, 30,000 steps', () => {
      const values = random(30_000 * 400, 3);
      const features = Array.from({ length: 8 }, (_, seed) => random(30_000, seed + 20));
      return () => correlations(values, 400, features);
    }),
    row('pattern of units, 500,000 steps of 256 units', () => {
      const sets = onOften(500_000, 256);
      return () => {
        const units = onThroughout(sets, { from: 320, to: 330 }, false);
        return Promise.resolve(stretchesOfAll(sets, units));
      };
    }),
  ];
}

/** Sets of units that are on in most steps, 64 of them at the steps that are searched for. */
function onOften(steps: number, units: number): OnSets {
  const words = Math.ceil(steps / 32);
  const noise = random(words, 5);
  const bits = Uint32Array.from({ length: units * words }, (_, at) => {
    const word = at % words;
    const isSearched = word >= 10 && word < 12;
    if (isSearched) return Math.floor(at / words) < 64 ? 0xffffffff : 0;
    return (noise[word] ?? 0) > 0 ? 0xffffff0f : 0x0ff0;
  });
  return { units, steps, words, bits };
}
