/** The peers: onnxruntime-web and TensorFlow.js, both on their WebGPU backends, set up once. */
import '@tensorflow/tfjs-backend-webgpu';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';
import * as ort from 'onnxruntime-web/webgpu';
import type { Contender } from './measure.ts';

ort.env.wasm.wasmPaths = '/test/bench/node_modules/onnxruntime-web/dist/';
ort.env.logLevel = 'error';

/**
 * An ONNX graph as a contender. Inputs are uploaded once; outputs stay on the GPU.
 * @param feeds name → data and shape
 */
export async function onnx(
  graph: Uint8Array,
  feeds: Readonly<Record<string, { data: Float32Array | BigInt64Array; shape: readonly number[] }>>,
): Promise<Contender> {
  const session = await ort.InferenceSession.create(graph, {
    executionProviders: ['webgpu'],
    preferredOutputLocation: 'gpu-buffer',
  });
  const tensors = Object.fromEntries(
    Object.entries(feeds).map(([name, { data, shape }]) => [
      name,
      data instanceof Float32Array
        ? new ort.Tensor('float32', data, shape)
        : new ort.Tensor('int64', data, shape),
    ]),
  );
  const device = (await ort.env.webgpu.device) as GPUDevice;
  return {
    name: 'onnxruntime-web',
    async run() {
      const outputs = await session.run(tensors);
      await device.queue.onSubmittedWorkDone();
      for (const output of Object.values(outputs)) output.dispose();
    },
    dispose: () => session.release(),
  };
}

let ready: Promise<void> | null = null;

async function tensorflow(): Promise<WebGPUBackend> {
  ready ??= tf.setBackend('webgpu').then(async (set) => {
    if (!set) throw new Error('TensorFlow.js has no WebGPU backend here');
    await tf.ready();
  });
  await ready;
  return tf.backend() as WebGPUBackend;
}

/** A TensorFlow.js computation as a contender; `compute` gets the uploaded inputs. */
export async function tfjs(
  inputs: readonly { data: Float32Array; shape: readonly number[] }[],
  compute: (...tensors: tf.Tensor[]) => tf.Tensor | tf.Tensor[],
): Promise<Contender> {
  const backend = await tensorflow();
  const tensors = inputs.map(({ data, shape }) => tf.tensor(data, [...shape]));
  return {
    name: 'tensorflow.js',
    async run() {
      const outputs = tf.tidy(() => compute(...tensors));
      // The backend batches dispatches and has no public flush: close its pass and submit what is pending.
      (backend as unknown as { endComputePassEncoder(): void }).endComputePassEncoder();
      backend.submitQueue();
      await backend.device.queue.onSubmittedWorkDone();
      tf.dispose(outputs);
    },
    dispose: () => tf.dispose(tensors),
  };
}

export { tf };

export const versions = {
  'onnxruntime-web': ort.env.versions.web ?? 'unknown',
  'tensorflow.js': tf.version_core,
};
