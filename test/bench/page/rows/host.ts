/** What lies between the host's files and the GPU: the upload of weights, and the memory of a long pass. */
import type { TensorInfo } from '../../../../src/common/contract.ts';
import type { Gpu } from '../../../../src/renderer/gpu/gpu.ts';
import { findFamily } from '../../../../src/renderer/families/registry.ts';
import { WeightStore } from '../../../../src/renderer/models/weight-store.ts';
import type { WeightSource } from '../../../../src/renderer/models/weights.ts';
import { hostSource } from '../../../../src/renderer/state/session/weight-source.ts';
import { inputOf } from '../../../helpers/fixture-model.ts';
import { tinyGpt2 } from '../../../helpers/tiny-gpt2.ts';
import { SubmitTimes, type Contender, type Result, type Row } from '../measure.ts';

const BYTES = 256 * 2 ** 20;
const TENSOR = 4 * 2 ** 20;
const PIECE = 8 * 2 ** 20;
const { signal } = new AbortController();

/** Bytes [begin, end) of the file that the bench's server holds. */
async function read(begin: number, end: number): Promise<Uint8Array> {
  return new Uint8Array(await (await fetch(`/bench/bytes?begin=${begin}&end=${end}`)).arrayBuffer());
}

/** 256 MB as weights on the GPU, through the app's own source and store, against the same requests alone. */
export function uploadRow(gpu: Gpu): Row {
  return {
    name: 'upload',
    target: 0.7,
    prepare: () => Promise.resolve({ ours: upload(gpu), peers: [fetchAlone] }),
  };
}

function upload(gpu: Gpu): Contender {
  const tensors = Array.from({ length: BYTES / TENSOR }, (_, i): TensorInfo => ({
    name: `w${i}`,
    dtype: 'F32',
    shape: [TENSOR / 4],
    file: '0',
    begin: i * TENSOR,
    end: (i + 1) * TENSOR,
  }));
  const model = {
    id: 'upload',
    name: 'upload',
    files: [{ id: '0', name: 'w', size: BYTES }],
    tensors,
  } as unknown as WeightSource['model'];
  const api = { bytes: (_model: string, _file: string, from: number, to: number) => read(from, to) };
  const source = hostSource(api as unknown as Parameters<typeof hostSource>[0], model);
  return {
    name: 'headgate',
    async run() {
      const store = new WeightStore(gpu, source, new Map(tensors.map((tensor) => [tensor.name, tensor])));
      for (const { name } of tensors) store.vector(name);
      await store.load(() => undefined, signal);
      await gpu.idle();
      store.dispose();
    },
  };
}

const fetchAlone: Contender = {
  name: 'fetch alone',
  async run() {
    // As the app does: the next piece is asked for while this one is used.
    let next = read(0, PIECE);
    for (let at = PIECE; at <= BYTES; at += PIECE) {
      const piece = next;
      if (at < BYTES) next = read(at, at + PIECE);
      await piece;
    }
  },
};

export const MEMORY_ROW = 'memory 12x12x768 T=1024, all heads viewable';

/** GPU bytes beyond the weights after a long pass, against what the patterns alone would take; and its longest submit. */
export async function memoryResult(gpu: Gpu): Promise<Result> {
  const [layers, heads, T] = [12, 12, 1024];
  const source = await tinyGpt2({
    n_layer: layers,
    n_head: heads,
    n_embd: 768,
    n_positions: T,
    vocab_size: 1000,
  });
  gpu.pool.clear();
  const before = gpu.memory().total;
  const model = await findFamily(source.model).load(gpu, source, () => undefined, signal);
  const input = inputOf(Array.from({ length: T }, (_, i) => (i * 7) % 1000));
  const started = performance.now();
  const run = await model.run(input, signal);
  await gpu.idle();
  const milliseconds = performance.now() - started;
  const bytes = gpu.memory().total - before - model.bytes;
  run.dispose();
  const profile = new SubmitTimes();
  (await model.run({ ...input, profile }, signal)).dispose();
  const whole = layers * heads * T * T * 4;
  model.dispose();
  return {
    name: MEMORY_ROW,
    ours_ms: milliseconds,
    peer: 'patterns kept whole',
    peer_ms: Number.NaN,
    ratio: whole / bytes,
    target: whole / 250e6,
    bytes,
    longest_submit_ms: profile.longest,
    peers: { 'patterns kept whole': `${(whole / 1e6).toFixed(0)} MB` },
  };
}
