import { expect, test, vi } from 'vitest';
import { findFamily } from '../../src/renderer/families/registry.ts';
import type { RunInput } from '../../src/renderer/runs/run-input.ts';
import { byFolder, inputOf, memoryModel } from '../helpers/fixture-model.ts';
import { must } from '../helpers/must.ts';
import { closeAll, idsOf, readFixture } from '../helpers/parity.ts';
import { testGpu } from '../helpers/gpu.ts';
import { difference, type StoredFile } from '../helpers/safetensors.ts';
import expected from '../fixtures/input_gradients.json';

const groups = new Map(
  Object.entries({
    gpt2: import.meta.glob<string>('../fixtures/gpt2/*/*.{json,safetensors}', {
      query: '?url',
      import: 'default',
      eager: true,
    }),
    decoders: import.meta.glob<string>('../fixtures/decoders/*/*.{json,safetensors}', {
      query: '?url',
      import: 'default',
      eager: true,
    }),
    encoders: import.meta.glob<string>('../fixtures/encoders/*/*.{json,safetensors}', {
      query: '?url',
      import: 'default',
      eager: true,
    }),
    classifiers: import.meta.glob<string>('../fixtures/classifiers/*/*.{json,safetensors}', {
      query: '?url',
      import: 'default',
      eager: true,
    }),
    seq2seq: import.meta.glob<string>('../fixtures/seq2seq/*/*.{json,safetensors}', {
      query: '?url',
      import: 'default',
      eager: true,
    }),
    encoder_decoders: import.meta.glob<string>('../fixtures/encoder_decoders/*/*.{json,safetensors}', {
      query: '?url',
      import: 'default',
      eager: true,
    }),
  }).map(([group, urls]) => [group, byFolder(urls)]),
);
const { signal } = new AbortController();
const gpu = await testGpu();

function inputFor(reference: StoredFile): RunInput {
  const has = (name: string) => reference.tensors.has(name);
  const input = inputOf(idsOf(reference, has('source') ? 'source' : 'input_ids'));
  const types = reference.tensors.get('token_type_ids')?.data;
  const target = has('decoder_input_ids')
    ? idsOf(reference, 'decoder_input_ids').slice(1)
    : has('target')
      ? idsOf(reference, 'target')
      : null;
  return {
    ...input,
    ...(types && { tokens: input.tokens.map((token, i) => ({ ...token, segment: types[i] === 1 ? 1 : 0 })) }),
    ...(target && { decode: { target } }),
  };
}

interface Expected {
  readonly output: number;
  readonly position: number;
  readonly target: readonly number[];
  readonly source?: readonly number[];
}

const plain = Object.entries<Expected>(expected).filter(([name]) => !name.startsWith('interventions/'));

/** Loads a fixture's model, and holds the gradients of its run against autograd's. */
async function holds(name: string, { output, position, target, source }: Expected): Promise<void> {
  const [group = '', folder = ''] = name.split('/');
  const { files, reference } = await readFixture(must(groups.get(group)?.get(folder)));
  const stored = await memoryModel(folder, files, 4099);
  const model = await findFamily(stored.model).load(gpu, stored, () => undefined, signal);
  const run = await model.run(inputFor(reference), signal);
  const shares: number[] = [];
  const found = await must(run.facet('inputGradient')).of(
    { output, position },
    { signal, onProgress: (share) => shares.push(share) },
  );
  expect(found.map(({ side }) => side)).toEqual(source === undefined ? ['target'] : ['source', 'target']);
  for (const { side, norms, tokens } of found) {
    const reference = Float32Array.from((side === 'source' ? source : target) ?? []);
    expect(norms).toHaveLength(tokens.length);
    const { largest, scale } = difference(norms, reference);
    expect(largest / scale, side).toBeLessThan(1e-3);
  }
  expect(shares.at(-1)).toBe(1);
  closeAll(gpu, model, run);
}

test.each(plain)('%s: how much a logit depends on each input is what autograd finds', holds);

/** A model of each way in which matrices are stored and looked at from behind. */
test.each(
  plain.filter(([name]) =>
    [
      ...['gpt2/untied-sharded', 'decoders/phi3-plain-f16', 'decoders/qwen3-tied-bf16'],
      ...['encoder_decoders/bart-scaled', 'seq2seq/own-linear-bridge', 'seq2seq/chatbot-general'],
    ].includes(name),
  ),
)('%s: the same through weights that are cut into pieces of 512 bytes', async (name, expectation) => {
  const piece = vi.spyOn(gpu.pool, 'largestPiece', 'get').mockReturnValue(512);
  try {
    await holds(name, expectation);
    expect(piece).toHaveBeenCalled();
  } finally {
    piece.mockRestore();
  }
});
