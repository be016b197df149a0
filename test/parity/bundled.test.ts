/** The bundled models that carry a golden example, as they are opened: what PyTorch gave for it comes out again. */
import { describe, expect, test } from 'vitest';
import { checkGolden } from '../../src/renderer/models/golden.ts';
import { findFamily } from '../../src/renderer/families/registry.ts';
import { webgpuBackend } from '../../src/renderer/state/device/backend-webgpu.ts';
import { exampleFor } from '../../src/renderer/state/session/example.ts';
import { runningText } from '../../src/renderer/text/running-text.ts';
import { byFolder, fetchBytes, inputOf, memoryModel } from '../helpers/fixture-model.ts';
import { testGpu } from '../helpers/gpu.ts';
import { must } from '../helpers/must.ts';
import { topOf } from '../../src/renderer/runs/facets/readout.ts';

const urls = import.meta.glob<string>('../../assets/models/*/*.{json,txt,safetensors}', {
  query: '?url',
  import: 'default',
  eager: true,
});
const holder = testGpu();
const folders = byFolder(urls);
const { signal } = new AbortController();

async function open(name: string) {
  const files = new Map<string, Uint8Array>();
  for (const [file, url] of must(folders.get(name))) files.set(file, await fetchBytes(url));
  const source = await memoryModel(name, files, 2 ** 20);
  const family = findFamily(source.model);
  return { source, family, model: await family.load(holder.gpu, source, () => undefined, signal) };
}

const golden = [...folders].filter(([, files]) => files.has('golden.safetensors')).map(([name]) => name);

test('the models that training/ exports have a golden example', () => {
  const translators = ['en-es-lstm', 'en-es-lstm-attention', 'en-es-transformer', 'phonemes'];
  for (const name of ['bert', 'char-rnn', 'char-lstm', 'char-gru', ...translators, 'word-vectors'])
    expect(golden).toContain(`headgate-${name}`);
});

describe.each(golden)('%s', (name) => {
  test('gives what the framework gave', async () => {
    const { source, model } = await open(name);
    const result = must(await checkGolden(model, source, inputOf([0]).vocabulary, signal));
    expect(result).toMatchObject({ passed: true, departs: null });
    expect(result.compared.length).toBeGreaterThan(0);
    model.dispose();
  });
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
  test('runs the first text that the app shows', async () => {
    const { source, model } = await open(name);
    const tokenizer = await webgpuBackend.openTokenizer(source, signal);
    const text = exampleFor({ ...source.model, source: 'bundled' }, tokenizer);
    const tokens = await tokenizer.encode(text, signal);
    expect(tokens.filter(({ unknown }) => unknown)).toEqual([]);
    const run = await model.run({ text, tokens, vocabulary: (id) => tokenizer.token(id) }, signal);
    if (name in WRITTEN)
      expect(runningText(run.tokens.filter(({ special }) => !special)).trim()).toBe(WRITTEN[name]);
    run.dispose();
    model.dispose();
    tokenizer.dispose();
  });
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
