import type { TensorInfo } from '../contract.ts';
import { isWeightType } from '../dtype.ts';
import { HeadgateError } from '../error.ts';
import type { Copy, ExpectedTensor, TensorCheck } from './spec.ts';

/** How names in the files map to a family's own names. */
export interface NameRules {
  /** Prefixes that a name may carry, e.g. `transformer.`; the first that fits is cut off. */
  readonly prefixes: readonly string[];
  /** Buffers that carry no weights, after the prefix is cut off. */
  readonly ignored: RegExp;
  /** Today's name of a tensor, from one that an older version gave it, after the prefix is cut off. */
  readonly rename?: (name: string) => string;
}

/** A tensor's name without the first of the prefixes that it carries. */
export function cutPrefix(name: string, prefixes: readonly string[]): string {
  const prefix = prefixes.find((candidate) => name.startsWith(candidate)) ?? '';
  return name.slice(prefix.length);
}

/** How many numbers a tensor holds. */
export function numbersIn({ shape }: TensorInfo): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Compares the files' tensors with the expected ones. */
export function matchTensors(
  expected: readonly ExpectedTensor[],
  tensors: readonly TensorInfo[],
  { prefixes, ignored, rename = (name) => name }: NameRules,
): TensorCheck {
  const wanted = new Map(expected.map((tensor) => [tensor.name, tensor]));
  const found = new Map<string, TensorInfo>();
  const unexpected: TensorInfo[] = [];
  const copies: Copy[] = [];
  for (const tensor of tensors) {
    const name = rename(cutPrefix(tensor.name, prefixes));
    const before = found.get(name);
    if (before !== undefined) copies.push({ first: before, second: tensor, isUsed: false });
    else if (wanted.has(name)) found.set(name, tensor);
    else if (!ignored.test(name)) unexpected.push(tensor);
  }
  const misshapen = [];
  for (const [name, actual] of found) {
    const tensor = wanted.get(name);
    if (tensor !== undefined && tensor.shape.join() !== actual.shape.join())
      misshapen.push({ expected: tensor, actual });
  }
  for (const { name, copyOf = '' } of expected) {
    const [first, second] = [found.get(copyOf), found.get(name)];
    if (first !== undefined && second !== undefined) copies.push({ first, second, isUsed: true });
  }
  const tied = expected.flatMap(({ name, copyOf: to = '' }) =>
    found.has(to) && !found.has(name) ? [{ name, to }] : [],
  );
  const missing = expected.filter(({ name, optional }) => !optional && !found.has(name));
  const parameters = [...found]
    .filter(([name]) => wanted.get(name)?.isBuffer !== true)
    .reduce((sum, [, tensor]) => sum + numbersIn(tensor), 0);
  return { found, missing, misshapen, unexpected, copies, tied, parameters };
}

/**
 * Biases that a model was trained without, such as nanoGPT's: they are all that is missing, and there is no other bias
 * either. As zeros they change nothing.
 */
export function zeroBiases({ missing, found }: TensorCheck): readonly ExpectedTensor[] {
  const isBias = (name: string) => name.endsWith('.bias');
  const isWithout = found.size > 0 && ![...found.keys()].some(isBias);
  return isWithout && missing.every(({ name }) => isBias(name)) ? missing : [];
}

interface Words {
  /** What calls for the tensors. */
  readonly told: string;
  readonly complete: string;
  readonly belongs: string;
}
const FOLDER: Words = {
  told: 'config.json',
  complete: 'Check that all shards are there and that config.json belongs to these weights',
  belongs: 'Check that config.json belongs to these weights.',
};
/** By format, where the file itself is the config. */
const WORDS: Readonly<Record<string, Words>> = {
  gguf: {
    told: 'its metadata',
    complete: 'The file is not complete or was converted wrongly: download it again, or all of its parts',
    belongs: 'The file was converted wrongly: download it again, or convert it anew with llama.cpp.',
  },
};

/**
 * @throws HeadgateError `missing-tensor`, `misshapen-tensor`, `unsupported-dtype` or `unexpected-tensor` that names the first tensor that does not
 * fit.
 */
export function requireTensors(model: string, check: TensorCheck, format?: string): void {
  const { told, complete, belongs } = WORDS[format ?? ''] ?? FOLDER;
  const [missing] = check.missing;
  if (missing !== undefined) {
    const others = check.missing.length - 1;
    throw new HeadgateError(
      'missing-tensor',
      `${model}: the tensor “${missing.name}” [${missing.shape.join(', ')}], which ${told} calls for, is in none of the files` +
        (others > 0 ? `, nor ${others === 1 ? 'is another one' : `are ${others} others`}.` : '.'),
      `${complete}; \`headgate inspect\` lists what is missing.`,
    );
  }
  const [misshapen] = check.misshapen;
  if (misshapen !== undefined)
    throw new HeadgateError(
      'misshapen-tensor',
      `${model}: the tensor “${misshapen.actual.name}” is [${misshapen.actual.shape.join(', ')}]; ` +
        `after ${told} it must be [${misshapen.expected.shape.join(', ')}].`,
      belongs,
    );
  const stored = [...check.found.values()].find(({ dtype }) => !isWeightType(dtype));
  if (stored !== undefined)
    throw new HeadgateError(
      'unsupported-dtype',
      `${model}: the tensor “${stored.name}” is stored as ${stored.dtype}; weights must be F32, F16, BF16 or F64.`,
      'Save the model again in one of these types, e.g. model.float().save_pretrained(…).',
    );
  const [surplus, ...more] = check.contradicting ?? [];
  if (surplus !== undefined)
    throw new HeadgateError(
      'unexpected-tensor',
      `${model}: the files hold the tensor “${surplus.name}” [${surplus.shape.join(', ')}], which config.json has no place for` +
        (more.length > 0 ? `, and ${more.length === 1 ? 'another one' : `${more.length} others`}.` : '.'),
      'Correct the layers, directions, biases or projection in config.json, or leave the tensor out of the file.',
    );
}
