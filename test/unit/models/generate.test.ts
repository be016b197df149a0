import { describe, expect, test } from 'vitest';
import type { LoadedModel } from '../../../src/renderer/models/family.ts';
import type { RunInput } from '../../../src/renderer/runs/run-input.ts';
import { generateRuns, generateText } from '../../../src/renderer/models/generate.ts';
import { facetsOf } from '../../../src/renderer/runs/facet.ts';
import type { Run, Token } from '../../../src/renderer/runs/run.ts';

const token = (id: number): Token => ({ id, text: `#${id}`, span: null, special: false });
const input: RunInput = { text: '', tokens: [token(1), token(2)], vocabulary: token };
const { signal } = new AbortController();

/** A model of ten tokens whose most probable next one is the last one plus one; it counts the runs that are alive. */
function counter(writes: LoadedModel['writes'], maxTokens: number | null = null) {
  const alive = new Set<Run>();
  const model: LoadedModel = {
    maxTokens,
    bytes: 0,
    ...(writes === undefined ? {} : { writes }),
    async run({ tokens, decode, pace }) {
      const prefix = decode?.prefix ?? [];
      const own =
        writes === 'output'
          ? [...prefix, 3, 4, 5].slice(0, decode?.maxTokens ?? prefix.length + 3).map(token)
          : tokens;
      const T = own.length;
      const logits = new Float32Array(T * 10);
      for (const [t, { id }] of own.entries()) logits[t * 10 + ((id + 1) % 10)] = 5;
      const run = {
        tokens: own,
        facet: facetsOf({ pace: pace ?? null }),
        gpu: {
          read: async ({ offset, shape }: { offset: number; shape: number[] }) =>
            logits.slice(offset, offset + (shape[1] ?? 0)),
        },
        activations: new Map([
          [
            'logits',
            { lease: async () => ({ tensor: { offset: 0, shape: [T, 10] }, release: () => undefined }) },
          ],
        ]),
        dispose: () => void alive.delete(run),
      } as unknown as Run;
      alive.add(run);
      return run;
    },
    dispose: () => undefined,
  };
  return { model, alive };
}

const ids = ({ tokens }: Run) => tokens.map(({ id }) => id);

async function all(model: LoadedModel, decode: NonNullable<RunInput['decode']>): Promise<number[][]> {
  const seen: number[][] = [];
  for await (const run of generateRuns(model, { ...input, decode }, signal)) {
    seen.push(ids(run));
    run.dispose();
  }
  return seen;
}

describe('a language model without a cache', () => {
  test('tells when each of its tokens was known', async () => {
    const { model } = counter('continuation');
    const given = await generateText(model, { ...input, decode: { maxTokens: 0 } }, signal);
    expect(given.facet('pace')).toBeNull();
    const written = await generateText(model, { ...input, decode: { maxTokens: 2 } }, signal);
    const [first = NaN, second = NaN, third = NaN, fourth = NaN] = written.facet('pace')?.times ?? [];
    expect([first, second]).toEqual([0, 0]);
    expect(third).toBeGreaterThan(0);
    expect(fourth).toBeGreaterThanOrEqual(third);
  });

  test('gives a run after each token', async () => {
    const { model, alive } = counter('continuation');
    expect(await all(model, { maxTokens: 2 })).toEqual([
      [1, 2],
      [1, 2, 3],
      [1, 2, 3, 4],
    ]);
    expect(alive.size).toBe(0);
  });

  test('begins with the tokens that are forced', async () => {
    const { model } = counter('continuation');
    expect((await all(model, { maxTokens: 2, prefix: [7] })).at(-1)).toEqual([1, 2, 7, 8]);
  });

  test('stops where the model takes no more', async () => {
    const { model } = counter('continuation', 3);
    expect((await all(model, { maxTokens: 9 })).at(-1)).toEqual([1, 2, 3]);
  });

  test('leaves only the last run when only that is wanted', async () => {
    const { model, alive } = counter('continuation');
    const run = await generateText(model, { ...input, decode: { maxTokens: 3 } }, signal);
    expect(ids(run)).toEqual([1, 2, 3, 4, 5]);
    expect([...alive]).toEqual([run]);
  });
});

describe('an encoder-decoder that finds its output in one go', () => {
  test('shows it from its beginning', async () => {
    const { model, alive } = counter('output');
    expect(await all(model, {})).toEqual([[3], [3, 4], [3, 4, 5]]);
    expect(alive.size).toBe(0);
  });

  test('is run once when only the whole is wanted', async () => {
    const { model, alive } = counter('output');
    expect(ids(await generateText(model, input, signal))).toEqual([3, 4, 5]);
    expect(alive.size).toBe(1);
  });
});

test('a model that writes nothing is refused', () => {
  expect(() => generateRuns(counter(undefined).model, input, signal)).toThrow('does not write');
});
