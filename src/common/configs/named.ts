import type { TensorInfo } from '../contract.ts';
import { badConfig } from './fields.ts';
import { matchTensors } from './match.ts';
import type { ExpectedTensor, TensorCheck } from './spec.ts';

/** What may stand in front of every name of a file. */
export const WRAPPERS: readonly string[] = ['model.', 'module.'];

/** Weights of a recurrent layer in one of the layouts: those that are left over contradict the config. */
const OF_A_LAYER =
  /(?:^|\.)(?:(?:weight|bias)_(?:ih|hh|hr)(?:_l\d+)?(?:_reverse)?|(?:recurrent_)?kernel|\d+\.[WRB])$/;

/**
 * Compares the files' tensors with the expected ones, each under its documented name or the one that the config's
 * `tensor_names` gives it. In the result `found` is by the documented name.
 * @throws HeadgateError `bad-config` for a `tensor_names` entry that the model has no tensor for.
 */
export function matchNamed(
  expected: readonly ExpectedTensor[],
  names: Readonly<Record<string, string>>,
  tensors: readonly TensorInfo[],
): TensorCheck {
  const documented = new Map(expected.map((tensor) => [names[tensor.name] ?? tensor.name, tensor.name]));
  const stray = Object.keys(names).find((name) => !expected.some((tensor) => tensor.name === name));
  if (stray !== undefined)
    throw badConfig(`tensor_names.${stray}`, 'names a tensor that this config does not call for');
  const renamed = [...new Map(expected.map((tensor) => [tensor.name, tensor])).values()].map((tensor) => ({
    ...tensor,
    name: names[tensor.name] ?? tensor.name,
  }));
  const check = matchTensors(renamed, tensors, { prefixes: WRAPPERS, ignored: /(?!)/ });
  const found = new Map([...check.found].map(([name, info]) => [documented.get(name) ?? name, info]));
  const contradicting = check.unexpected.filter(({ name }) => OF_A_LAYER.test(name));
  return { ...check, found, contradicting };
}
