/** A Dense step of sentence-transformers: y = act(W x + b), with W [outputs, inputs]. */
import { flag, positiveInteger } from '../../../common/configs/config.ts';
import { moduleFile, type Module } from '../../../common/configs/sentence-transformers.ts';
import { readSafetensors } from '../../../common/formats/safetensors/file.ts';
import type { Activation } from '../../kernels/rows/activation.ts';
import { decodeFloats, DECODED_BYTES } from '../stored-floats.ts';
import { readSourceJson, readSourceRange } from '../source-files.ts';
import type { WeightSource } from '../weights.ts';

export interface Dense {
  readonly inputs: number;
  readonly outputs: number;
  readonly activation: Activation;
  /** [outputs, inputs] */
  readonly weight: Float32Array<ArrayBuffer>;
  /** [outputs] */
  readonly bias: Float32Array<ArrayBuffer>;
}

const LARGEST_FILE = 256 * 2 ** 20;

/** Last parts of the names of PyTorch's classes. */
const ACTIVATIONS: ReadonlyMap<string, Activation> = new Map([
  ['Tanh', 'tanh'],
  ['Identity', 'none'],
  ['ReLU', 'relu'],
  ['GELU', 'gelu_erf'],
  ['SiLU', 'silu'],
  ['Sigmoid', 'sigmoid'],
]);

/**
 * The layer of a module, or why it can't be run.
 * @param width of the vector that comes in
 * @throws HeadgateError `bad-config`, or what the file's header breaks; the signal's reason.
 */
export async function readDense(
  source: WeightSource,
  module: Module,
  width: number,
  signal: AbortSignal,
): Promise<Dense | string> {
  const name = moduleFile(module, 'config.json');
  const config = await readSourceJson(source, name, signal);
  if (config === null) return `${name} of the Dense step is missing`;
  const weights = moduleFile(module, 'model.safetensors');
  const file = source.model.files.find((candidate) => candidate.name === weights);
  if (file === undefined)
    return `${weights} of the Dense step is missing, and no other file of it can be read`;
  const named = config['activation_function'] ?? 'torch.nn.modules.activation.Tanh';
  const activation = ACTIVATIONS.get(String(named).split('.').at(-1) ?? '');
  if (activation === undefined)
    return `${name} has an activation_function that Headgate does not have (${String(named).slice(0, 80)})`;
  const inputs = positiveInteger(config, ['in_features']);
  const outputs = positiveInteger(config, ['out_features']);
  if (inputs !== width) return `${name} takes ${inputs} numbers where there are ${width}`;
  if (file.size > LARGEST_FILE) return `${weights} has ${file.size} bytes, more than ${LARGEST_FILE}`;
  const bytes = await readSourceRange(source, file.id, 0, file.size, signal);
  const { tensors } = await readSafetensors({
    name: weights,
    size: bytes.length,
    read: (begin, end) => Promise.resolve(bytes.slice(begin, end)),
  });
  const values = (own: string, shape: readonly number[]): Float32Array<ArrayBuffer> | null => {
    const tensor = tensors.find((candidate) => candidate.name === own);
    const isKnown = tensor !== undefined && DECODED_BYTES[tensor.dtype] !== undefined;
    if (!isKnown || tensor.shape.join() !== shape.join()) return null;
    return decodeFloats(tensor.dtype, bytes.subarray(tensor.begin, tensor.end));
  };
  const weight = values('linear.weight', [outputs, inputs]);
  const hasBias = flag(config, ['bias'], true);
  const bias = hasBias ? values('linear.bias', [outputs]) : new Float32Array(outputs);
  if (weight === null || bias === null)
    return `${weights} has no linear.weight [${outputs}, ${inputs}]${hasBias ? ` and linear.bias [${outputs}]` : ''} that can be read`;
  return { inputs, outputs, activation, weight, bias };
}
