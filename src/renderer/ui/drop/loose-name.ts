import { mayBeWeights } from '../../../common/file-kind.ts';

/** Tensors that stand beside a model's weights. */
const BESIDE = /^(golden|reference)\./;
/** How programs name the weights of a model. */
const USUAL = /^(pytorch_)?model\b/;

/**
 * What a model of files and folders that were dropped beside each other is called: by the file that holds its weights.
 * @param names at least one
 */
export function looseName(names: readonly string[]): string {
  const weights = names.filter((name) => mayBeWeights(name) && !BESIDE.test(name));
  const main = weights.find((name) => USUAL.test(name)) ?? weights[0] ?? names[0] ?? '';
  return names.length > 1 ? `${main} and ${names.length - 1} more` : main;
}
