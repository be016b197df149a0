/** A Dense step of sentence-transformers: y = act(W x + b), with W [outputs, inputs]. */
import type { Dtype, ModelDetail } from '../contract.ts';
import { readSafetensors } from '../formats/safetensors/file.ts';
import { fileNamed, readBytes, readJsonFile, type ReadFile } from '../model-files.ts';
import { flag, positiveInteger, type ActivationName } from './config.ts';
import { asObject, moduleFile, type Module } from './sentence-transformers.ts';

/** Numbers as the file has them. */
export interface StoredValues {
  readonly dtype: Dtype;
  readonly bytes: Uint8Array;
}

export interface Dense {
  readonly inputs: number;
  readonly outputs: number;
  readonly activation: ActivationName;
  /** [outputs, inputs] */
  readonly weight: StoredValues;
  /** [outputs]; null: none */
  readonly bias: StoredValues | null;
}

const READ: readonly Dtype[] = ['F64', 'F32', 'F16', 'BF16'];

/** Last parts of the names of PyTorch's classes. */
const ACTIVATIONS: ReadonlyMap<string, ActivationName> = new Map([
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
 * @throws HeadgateError `bad-config`, or what the file's header breaks; as `read`
 */
export async function readDense(
  model: ModelDetail,
  module: Module,
  width: number,
  read: ReadFile,
): Promise<Dense | string> {
  const name = moduleFile(module, 'config.json');
  const config = asObject(name, await readJsonFile(model, name, read));
  if (config === null) return `${name} of the Dense step is missing`;
  const weights = moduleFile(module, 'model.safetensors');
  const file = fileNamed(model, weights);
  if (file === null) return `${weights} of the Dense step is missing, and no other file of it can be read`;
  const named = config['activation_function'] ?? 'torch.nn.modules.activation.Tanh';
  const activation = ACTIVATIONS.get(String(named).split('.').at(-1) ?? '');
  if (activation === undefined)
    return `${name} has an activation_function that Headgate does not have (${String(named).slice(0, 80)})`;
  const inputs = positiveInteger(config, ['in_features']);
  const outputs = positiveInteger(config, ['out_features']);
  if (inputs !== width) return `${name} takes ${inputs} numbers where there are ${width}`;
  const bytes = await readBytes(file, read, 'bad-config');
  const { tensors } = await readSafetensors({
    name: weights,
    size: bytes.length,
    read: (begin, end) => Promise.resolve(bytes.slice(begin, end)),
  });
  const values = (own: string, shape: readonly number[]): StoredValues | null => {
    const tensor = tensors.find((candidate) => candidate.name === own);
    if (tensor === undefined || !READ.includes(tensor.dtype) || tensor.shape.join() !== shape.join())
      return null;
    return { dtype: tensor.dtype, bytes: bytes.subarray(tensor.begin, tensor.end) };
  };
  const weight = values('linear.weight', [outputs, inputs]);
  const hasBias = flag(config, ['bias'], true);
  const bias = hasBias ? values('linear.bias', [outputs]) : null;
  if (weight === null || (hasBias && bias === null))
    return `${weights} has no linear.weight [${outputs}, ${inputs}]${hasBias ? ` and linear.bias [${outputs}]` : ''} that can be read`;
  return { inputs, outputs, activation, weight, bias };
}
