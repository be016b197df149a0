import type { ModelDetail } from '../../main/api/contract.ts';
import type { Family } from './family.ts';
import { gpt2 } from './gpt2.ts';
import { recurrent } from './recurrent/recurrent.ts';
import { seq2seq } from './seq2seq/seq2seq.ts';
import { unknownModelType } from './spec/registry.ts';

/** Every family that Headgate can run. */
const families: readonly Family[] = [gpt2, recurrent, seq2seq];

/** The family that runs a model. @throws AppError `no-model-type` or `unknown-model-type`. */
export function findFamily({ name, modelType }: Pick<ModelDetail, 'name' | 'modelType'>): Family {
  const family = families.find(({ spec }) => modelType !== null && spec.modelTypes.includes(modelType));
  if (family === undefined) throw unknownModelType(name, modelType);
  return family;
}
