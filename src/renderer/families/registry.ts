import type { ModelDetail } from '../../common/contract.ts';
import { HeadgateError } from '../../common/error.ts';
import { unknownModelType } from '../../common/configs/registry.ts';
import type { Family } from '../models/family.ts';

/** Every family that Headgate can run: what the files of this folder export with a `spec`. */
export const families: readonly Family[] = Object.values(
  import.meta.glob<Readonly<Record<string, unknown>>>(['./*.ts', '!./registry.ts'], { eager: true }),
)
  .flatMap((module) => Object.values(module))
  .filter(isFamily);

function isFamily(value: unknown): value is Family {
  return typeof value === 'object' && value !== null && 'spec' in value && 'load' in value;
}

/** The family that runs a model. @throws HeadgateError `no-model-type` or `unknown-model-type`; what its files are instead. */
export function findFamily(
  model: Pick<ModelDetail, 'name' | 'modelType'> &
    Partial<Pick<ModelDetail, 'refusal' | 'format' | 'tensors'>>,
): Family {
  const { modelType, refusal } = model;
  if (refusal !== undefined) throw new HeadgateError(refusal.code, refusal.message, refusal.hint);
  const family = families.find(({ spec }) => modelType !== null && spec.modelTypes.includes(modelType));
  if (family === undefined) throw unknownModelType(model);
  return family;
}
