import { describe, expect, test } from 'vitest';
import { checkGolden } from '../../src/renderer/models/golden.ts';
import { recurrent } from '../../src/renderer/families/recurrent.ts';
import { findFamily } from '../../src/renderer/families/registry.ts';
import { fetchBytes, inputOf, memoryModel } from '../helpers/fixture-model.ts';
import { testGpu } from '../helpers/gpu.ts';
import { must } from '../helpers/must.ts';
import { readSafetensors } from '../helpers/safetensors.ts';

const urls = import.meta.glob<string>('../fixtures/recurrent/gru/*.{json,safetensors}', {
  query: '?url',
  import: 'default',
  eager: true,
});
const spans = import.meta.glob<string>('../fixtures/classifiers/bert-span/*.{json,safetensors}', {
  query: '?url',
  import: 'default',
  eager: true,
});
const gpu = await testGpu();

interface Tensor {
  readonly dtype: 'F32' | 'I32' | 'F16';
  readonly shape: readonly number[];
  readonly values: Float32Array | Int32Array;
}

function writeSafetensors(tensors: Readonly<Record<string, Tensor>>): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: { headgate_golden: '1' } };
  let at = 0;
  for (const [name, { dtype, shape, values }] of Object.entries(tensors)) {
    header[name] = { dtype, shape, data_offsets: [at, at + values.byteLength] };
    at += values.byteLength;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + at);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  at = 8 + text.length;
  for (const { values } of Object.values(tensors)) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  return bytes;
}

async function check(change: (tensors: Record<string, Tensor>) => Uint8Array | null) {
  const files = new Map<string, Uint8Array>();
  for (const [path, url] of Object.entries(urls))
    files.set(path.split('/').at(-1) ?? '', new Uint8Array(await (await fetch(url)).arrayBuffer()));
  const { tensors } = readSafetensors(must(files.get('reference.safetensors')));
  files.delete('reference.safetensors');
  const of = (name: string): Tensor => {
    const { shape, data } = must(tensors.get(name));
    return { dtype: 'F32', shape, values: data };
  };
  const golden = change({
    input_ids: { dtype: 'I32', shape: [64], values: Int32Array.from(must(tensors.get('ids')).data) },
    'rnn.0.gates.reset': of('rnn.0.gates.reset'),
    'rnn.0.hidden': of('rnn.0.hidden'),
    logits: of('logits'),
  });
  if (golden !== null) files.set('golden.safetensors', golden);
  const { signal } = new AbortController();
  const source = await memoryModel('golden', files, 777);
  const model = await recurrent.load(gpu, source, () => undefined, signal);
  try {
    return await checkGolden(model, source, inputOf([0]).vocabulary, signal);
  } finally {
    model.dispose();
    expect(gpu.memory()).toMatchObject({ weights: 0, activations: 0, scratch: 0 });
  }
}

describe('the golden example', () => {
  test('agrees with the framework', async () => {
    const result = must(await check(writeSafetensors));
    expect(result).toMatchObject({ passed: true, departs: null });
    expect([...result.compared].sort()).toEqual(['logits', 'rnn.0.gates.reset', 'rnn.0.hidden']);
    expect(result.largest).toBeLessThan(2e-5);
    expect(result.skipped).toEqual([]);
  });

  test('names what a run does not have', async () => {
    const result = await check(({ logits, ...others }) =>
      writeSafetensors({ ...others, 'end.logits': must(logits) }),
    );
    expect(result).toMatchObject({ passed: true, skipped: ['end.logits'] });
  });

  test('names the first activation that departs', async () => {
    const result = await check((tensors) => {
      const gate = must(tensors['rnn.0.gates.reset']);
      const values = Float32Array.from(gate.values);
      values[5] = must(values[5]) + 0.01;
      const logits = { ...must(tensors['logits']), values: must(tensors['logits']).values.map(() => 1) };
      return writeSafetensors({ ...tensors, logits, 'rnn.0.gates.reset': { ...gate, values } });
    });
    expect(result).toMatchObject({ passed: false, departs: 'rnn.0.gates.reset' });
  });

  test('NaN departs', async () => {
    const result = await check((tensors) => {
      const logits = must(tensors['logits']);
      const values = Float32Array.from(logits.values).fill(NaN, 3, 4);
      return writeSafetensors({ ...tensors, logits: { ...logits, values } });
    });
    expect(result).toMatchObject({ passed: false, departs: 'logits', largest: Infinity });
  });

  test('a folder without one', async () => {
    expect(await check(() => null)).toBeNull();
  });

  test.each<[string, (tensors: Record<string, Tensor>) => Uint8Array]>([
    ['announces a header', () => Uint8Array.of(255, 0, 0, 0, 0, 0, 0, 0, 1)],
    ['not valid JSON', () => Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7b)],
    ['no “input_ids”', ({ logits }) => writeSafetensors({ logits: must(logits) })],
    ['no activation', ({ input_ids: ids }) => writeSafetensors({ input_ids: must(ids) })],
    [
      'the run has',
      ({ input_ids: ids }) =>
        writeSafetensors({
          input_ids: must(ids),
          logits: { dtype: 'F32', shape: [64, 3], values: new Float32Array(192) },
        }),
    ],
    [
      'F32 or I32',
      ({ input_ids: ids }) =>
        writeSafetensors({
          input_ids: must(ids),
          logits: { dtype: 'F16', shape: [2], values: new Float32Array(1) },
        }),
    ],
  ])('a broken file: %s', async (problem, write) => {
    await expect(check(write)).rejects.toMatchObject({
      code: 'bad-golden',
      message: expect.stringContaining(problem) as unknown,
    });
  });
});

test('labels of a Transformer are among what is compared', async () => {
  const files = new Map<string, Uint8Array>();
  for (const [path, url] of Object.entries(spans))
    files.set(path.split('/').at(-1) ?? '', await fetchBytes(url));
  const { signal } = new AbortController();
  const plain = await memoryModel('span', files);
  const ids = must(readSafetensors(must(files.get('reference.safetensors'))).tensors.get('input_ids')).data;
  const model = await findFamily(plain.model).load(gpu, plain, () => undefined, signal);
  const run = await model.run(inputOf(ids), signal);
  const starts = await must(run.activations.get('start_logits')).read();
  run.dispose();
  const golden = (values: Float32Array) =>
    writeSafetensors({
      input_ids: { dtype: 'I32', shape: [ids.length], values: Int32Array.from(ids) },
      start_logits: { dtype: 'F32', shape: [ids.length], values },
    });
  const checked = async (values: Float32Array) => {
    const source = await memoryModel('span', new Map([...files, ['golden.safetensors', golden(values)]]));
    return checkGolden(model, source, inputOf([0]).vocabulary, signal);
  };
  expect(await checked(starts)).toMatchObject({ passed: true, compared: ['start_logits'] });
  expect(await checked(starts.map((value) => value + 1))).toMatchObject({
    passed: false,
    departs: 'start_logits',
  });
  model.dispose();
});
