/** Greedy writing with onnxruntime-web: a graph for the prompt, one for each token; the cache stays on the GPU. */
import * as ort from 'onnxruntime-web/webgpu';
import { gpt2Graph, type Gpt2Shape, type Weight } from './gpt2-onnx.ts';
import type { Contender } from './measure.ts';

/** A contender that reads `ids` and writes `count` tokens; `written` has the last ones. */
export async function onnxWriter(
  shape: Gpt2Shape,
  weight: Weight,
  ids: readonly number[],
  count: number,
): Promise<Contender & { readonly written: readonly number[] }> {
  const parts = Array.from({ length: shape.layers }, (_, l) => [`${l}.key`, `${l}.value`]).flat();
  const options: ort.InferenceSession.SessionOptions = {
    executionProviders: ['webgpu'],
    preferredOutputLocation: {
      logits: 'cpu',
      ...Object.fromEntries(parts.map((part) => [`present.${part}`, 'gpu-buffer' as const])),
    },
  };
  const create = (graph: Uint8Array) => ort.InferenceSession.create(graph, options);
  const prompt = await create(gpt2Graph(shape, weight, { kind: 'prompt', T: ids.length }));
  const step = count === 0 ? null : await create(gpt2Graph(shape, weight, { kind: 'step' }));
  const integers = (values: readonly number[], dims: readonly number[]) =>
    new ort.Tensor('int64', BigInt64Array.from(values, BigInt), dims);
  const release = (outputs: ort.InferenceSession.OnnxValueMapType) => {
    for (const part of parts) outputs[`present.${part}`]?.dispose();
  };
  const best = ({ logits }: ort.InferenceSession.OnnxValueMapType) => {
    const scores = (logits as ort.Tensor).data as Float32Array;
    return scores.indexOf(scores.reduce((a, b) => Math.max(a, b), -Infinity));
  };
  const written: number[] = [];
  return {
    name: 'onnxruntime-web',
    written,
    async run() {
      written.length = 0;
      let outputs = await prompt.run({ input_ids: integers(ids, [1, ids.length]) });
      for (let i = 0; i < count && step !== null; i++) {
        const id = best(outputs);
        written.push(id);
        const next = await step.run({
          input_ids: integers([id], [1, 1]),
          position: integers([ids.length + i], [1]),
          ...Object.fromEntries(
            parts.map((part) => [`past.${part}`, outputs[`present.${part}`] as ort.Tensor]),
          ),
        });
        release(outputs);
        outputs = next;
      }
      release(outputs);
    },
    async dispose() {
      await prompt.release();
      await step?.release();
    },
  };
}
