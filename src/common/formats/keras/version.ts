/** What the version of Keras that wrote a file decides. */
import { isObject } from '../../json.ts';

/** The slope of `hard_sigmoid`: 0.2 until Keras 2, 1/6 from Keras 3 on. */
export type HardSigmoid = 'hard_sigmoid' | 'hard_sigmoid_0.2';

/**
 * @param versions what the file says, such as "2.2.4-tf"; the first text counts
 * @param model the stored config; without a version, Keras 3 is told by the modules that it names
 */
export function hardSigmoidOf(versions: readonly unknown[], model: unknown): HardSigmoid {
  const version = versions.find((one): one is string => typeof one === 'string');
  if (version !== undefined) return /^[012]\./.test(version) ? 'hard_sigmoid_0.2' : 'hard_sigmoid';
  return isObject(model) && 'module' in model ? 'hard_sigmoid' : 'hard_sigmoid_0.2';
}
