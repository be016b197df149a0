/** The bundled model, whole passes: ours against the same weights as an ONNX graph with the same outputs. */
import { findFamily } from '../../../../src/renderer/families/registry.ts';
import type { Peaks } from '../../../../src/renderer/gpu/peaks.ts';
import { Profile, profileRows, type ProfileRow } from '../../../../src/renderer/gpu/profile.ts';
import type { Gpu } from '../../../../src/renderer/gpu/gpu.ts';
import type { LoadedModel } from '../../../../src/renderer/models/family.ts';
import { generateRuns } from '../../../../src/renderer/models/generate.ts';
import { inputOf, memoryModel } from '../../../helpers/fixture-model.ts';
import { readSafetensors } from '../../../helpers/safetensors.ts';
import { gpt2Graph, type Weight } from '../gpt2-onnx.ts';
import type { Contender, Row } from '../measure.ts';
import { onnxWriter } from '../onnx-writer.ts';
import { onnx } from '../peers.ts';

const FOLDER = '/assets/models/headgate-gpt';

async function bytes(name: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await (await fetch(`${FOLDER}/${name}`)).arrayBuffer());
}

interface Config {
  readonly n_layer: number;
  readonly n_head: number;
  readonly n_embd: number;
  readonly vocab_size: number;
  readonly layer_norm_epsilon: number;
}

interface Gpt {
  readonly rows: readonly Row[];
  /** What the kernels of one pass over T tokens take, against the device's peaks. */
  profile(T: number, peaks: Peaks): Promise<ProfileRow[]>;
}

/** The bundled model at several lengths; its weights are read once. */
export async function gptRows(gpu: Gpu): Promise<Gpt> {
  const [configBytes, weightBytes] = await Promise.all([bytes('config.json'), bytes('model.safetensors')]);
  const config = JSON.parse(new TextDecoder().decode(configBytes)) as Config;
  const { tensors } = readSafetensors(weightBytes);
  const weight: Weight = (name) => {
    const tensor = tensors.get(`transformer.${name}`);
    if (tensor === undefined) throw new Error(`The bundled model has no ${name}.`);
    return tensor;
  };
  const shape = {
    layers: config.n_layer,
    heads: config.n_head,
    width: config.n_embd,
    vocabulary: config.vocab_size,
    epsilon: config.layer_norm_epsilon,
  };
  const files = new Map([
    ['config.json', configBytes],
    ['model.safetensors', weightBytes],
  ]);
  const load = async (): Promise<LoadedModel> => {
    const source = await memoryModel('headgate-gpt', files);
    return findFamily(source.model).load(gpu, source, () => undefined, new AbortController().signal);
  };
  const ids = (T: number) => Array.from({ length: T }, (_, i) => (i * 37 + 11) % shape.vocabulary);
  /** A prompt of T tokens and `count` tokens after it, greedily, from a cache. */
  const writing = (T: number, count: number): Row => ({
    name: count === 0 ? `gpt prompt T=${T}` : `gpt generation, ${count} tokens after ${T}`,
    ...(count > 0 && { tokens: count }),
    async prepare() {
      const model = await load();
      const ours = writer(model, ids(T), count);
      const peer = await onnxWriter(shape, weight, ids(T), count);
      await Promise.all([ours.run(), peer.run()]);
      if (ours.written.join() !== peer.written.join())
        throw new Error(`The peer writes ${peer.written.join()}, ours ${ours.written.join()}.`);
      return { ours, peers: [peer] };
    },
  });
  const forwards = [32, 64, 128].map((T): Row => ({
    name: `gpt forward T=${T}, all hidden states and attentions`,
    target: 5,
    async prepare() {
      const model = await load();
      return {
        ours: {
          name: 'headgate',
          run: () => forward(gpu, model, ids(T)),
          dispose: () => model.dispose(),
        },
        peers: [
          await onnx(gpt2Graph(shape, weight, { kind: 'everything', T }), {
            input_ids: { data: BigInt64Array.from(ids(T), BigInt), shape: [1, T] },
          }),
        ],
      };
    },
  }));
  return {
    rows: [...forwards, writing(32, 0), writing(256, 0), writing(32, 32), writing(256, 32)],
    async profile(T, peaks) {
      const model = await load();
      const run = async (profile: Profile | null) =>
        (await model.run({ ...inputOf(ids(T)), profile }, new AbortController().signal)).dispose();
      // The first pass compiles.
      await run(null);
      const profile = new Profile();
      await run(profile);
      model.dispose();
      return profileRows(profile.entries, peaks);
    },
  };
}

/** Writes after a prompt as the app does: a run after every token, which nobody looks at. */
function writer(
  model: LoadedModel,
  ids: readonly number[],
  count: number,
): Contender & { readonly written: readonly number[] } {
  const written: number[] = [];
  return {
    name: 'headgate',
    written,
    async run() {
      const input = { ...inputOf(ids), decode: { maxTokens: count } };
      let tokens: readonly { readonly id: number }[] = [];
      for await (const run of generateRuns(model, input, new AbortController().signal)) {
        ({ tokens } = run);
        run.dispose();
      }
      written.splice(0, written.length, ...tokens.slice(ids.length).map(({ id }) => id));
    },
    dispose: () => model.dispose(),
  };
}

/** One pass with everything that the peer's graph puts out: hidden states, whole patterns, logits of all positions. */
async function forward(gpu: Gpu, model: LoadedModel, ids: readonly number[]): Promise<void> {
  const run = await model.run(inputOf(ids), new AbortController().signal);
  const computed = [...run.activations.values()].filter(({ name }) => !name.startsWith('hidden_states'));
  const leases = await Promise.all(computed.map((activation) => activation.lease()));
  await gpu.idle();
  for (const lease of leases) lease.release();
  run.dispose();
}
