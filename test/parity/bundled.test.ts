/** The bundled models that carry a golden example, as they are opened: what PyTorch gave for it comes out again. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkGolden } from '../../src/renderer/models/golden.ts';
import { findFamily } from '../../src/renderer/families/registry.ts';
import { webgpuBackend } from '../../src/renderer/state/device/backend-webgpu.ts';
import { exampleFor } from '../../src/renderer/state/session/example.ts';
import { runningText } from '../../src/renderer/text/running-text.ts';
import type { Tokenizer } from '../../src/common/text/tokenizer.ts';
import type { RunInput } from '../../src/renderer/runs/run-input.ts';
import type { Run } from '../../src/renderer/runs/run.ts';
import { views } from '../../src/renderer/views/registry.ts';
import { byFolder, fetchBytes, inputOf, memoryModel } from '../helpers/fixture-model.ts';
import { testGpu } from '../helpers/gpu.ts';
import { must } from '../helpers/must.ts';
import { compareFigures, drawnViews, FIGURES } from './figures.ts';
import { topOf } from '../../src/renderer/runs/facets/readout.ts';

const urls = import.meta.glob<string>('../../assets/models/*/*.{json,txt,safetensors}', {
  query: '?url',
  import: 'default',
  eager: true,
});
const gpu = await testGpu();
const folders = byFolder(urls);
const { signal } = new AbortController();

async function open(name: string) {
  const files = new Map<string, Uint8Array>();
  for (const [file, url] of must(folders.get(name))) files.set(file, await fetchBytes(url));
  const source = await memoryModel(name, files, 2 ** 20);
  const family = findFamily(source.model);
  return { source, family, model: await family.load(gpu, source, () => undefined, signal) };
}

const golden = [...folders].filter(([, files]) => files.has('golden.safetensors')).map(([name]) => name);

test('the models that training/ exports have a golden example', () => {
  const translators = ['en-es-lstm', 'en-es-lstm-attention', 'en-es-transformer', 'phonemes'];
  for (const name of ['bert', 'char-rnn', 'char-lstm', 'char-gru', ...translators, 'word-vectors'])
    expect(golden).toContain(`headgate-${name}`);
});

/** What is written for the first text that the app shows; the translations are PyTorch's, in greedy search. */
const WRITTEN: Readonly<Record<string, string>> = {
  'headgate-en-es-lstm': 'El labrador pobre vendió un teléfono negro al rey rico porque no lo lavé.',
  'headgate-en-es-lstm-attention':
    'El labrador pobre vendió un caballo negro al rey rico porque no lo quiso.',
  'headgate-en-es-transformer': 'El labrador pobre vendió un caballo negro al rey rico porque no lo quiso.',
  'headgate-phonemes': 'N AA L IH JH',
};

describe.each([...folders.keys()])('%s', (name) => {
  let opened: Awaited<ReturnType<typeof open>>;
  let tokenizer: Tokenizer;
  beforeAll(async () => {
    opened = await open(name);
    tokenizer = await webgpuBackend.openTokenizer(opened.source, signal);
  });
  afterAll(() => {
    opened.model.dispose();
    tokenizer.dispose();
  });

  async function run(
    text: string,
    use: (run: Run) => Promise<void> | void,
    decode: RunInput['decode'] = undefined,
  ): Promise<void> {
    const tokens = await tokenizer.encode(text, signal);
    expect(tokens.filter(({ unknown }) => unknown)).toEqual([]);
    const done = await opened.model.run(
      { text, tokens, vocabulary: (id) => tokenizer.token(id), ...(decode === undefined ? {} : { decode }) },
      signal,
    );
    await use(done);
    done.dispose();
  }

  test.runIf(golden.includes(name))('gives what the framework gave', async () => {
    const { source, model } = opened;
    const result = must(await checkGolden(model, source, inputOf([0]).vocabulary, signal));
    expect(result).toMatchObject({ passed: true, departs: null });
    expect(result.compared.length).toBeGreaterThan(0);
  });

  test('runs the first text that the app shows', async () => {
    const text = await exampleFor({ ...opened.source.model, source: 'bundled' }, tokenizer, null);
    await run(text, ({ tokens }) => {
      if (name in WRITTEN)
        expect(runningText(tokens.filter(({ special }) => !special)).trim()).toBe(WRITTEN[name]);
    });
  });

  test.runIf(name in FIGURES)('its figures are the stored ones, and their numbers the run’s', async () => {
    const { text, decode } = must(FIGURES[name]);
    await run(text, (done) => compareFigures(name, done, { loaded: opened.model, tokenizer }), decode);
  });
});

test('every view has a stored figure, or is known to have none', () => {
  expect([...drawnViews].sort()).toEqual(views.map(({ id }) => id).sort());
});

test('king − man + woman is nearest to queen, its own words left out', async () => {
  const { source, family, model } = await open('headgate-word-vectors');
  const tokenizer = must(await family.tokenizer?.(source, signal));
  const text = 'king - man + woman';
  const tokens = await tokenizer.encode(text, signal);
  expect(tokens.map((token) => token.text)).toEqual(['king', '−man', 'woman', '=']);
  const run = await model.run({ text, tokens, vocabulary: (id) => tokenizer.token(id) }, signal);
  const nearest = await topOf(run, 3, 3);
  expect(nearest.map(({ token }) => token.text)).toEqual(['queen', 'monarch', 'throne']);
  expect(must(nearest[0]).logit).toBeCloseTo(0.77, 2);
  run.dispose();
  model.dispose();
});
