/** The bundled model, whole passes: ours against the same weights as an ONNX graph with the same outputs. */
import { findFamily } from '../../../../src/renderer/models/registry.ts';
import type { Gpu } from '../../../../src/renderer/gpu/gpu.ts';
import type { LoadedModel } from '../../../../src/renderer/models/family.ts';
import { inputOf, memoryModel } from '../../../helpers/fixture-model.ts';
import { readSafetensors } from '../../../helpers/safetensors.ts';
import { gpt2Graph, type Weight } from '../gpt2-onnx.ts';
import type { Row } from '../measure.ts';
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

/** Rows of the bundled model at several lengths; the weights are read once. */
export async function gptRows(gpu: Gpu): Promise<Row[]> {
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
  return [32, 64, 128].map((T) => ({
    name: `gpt forward T=${T}, all hidden states and attentions`,
    target: 5,
    async prepare() {
      const ids = Array.from({ length: T }, (_, i) => (i * 37 + 11) % shape.vocabulary);
      const model = await load();
      return {
        ours: {
          name: 'headgate',
          run: () => forward(gpu, model, ids),
          dispose: () => model.dispose(),
        },
        peers: [
          await onnx(gpt2Graph(shape, weight, T), {
            input_ids: { data: BigInt64Array.from(ids, BigInt), shape: [1, T] },
          }),
        ],
      };
    },
  }));
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
