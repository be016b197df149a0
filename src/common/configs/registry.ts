import { HeadgateError } from '../error.ts';
import type { FamilySpec } from './spec.ts';

/** What each family expects of a model's files: what the files of this folder export that can `check` them. */
export const familySpecs: readonly FamilySpec[] = Object.values(
  import.meta.glob<Readonly<Record<string, unknown>>>(['./*.ts', '!./registry.ts'], { eager: true }),
)
  .flatMap((module) => Object.values(module))
  .filter(isFamilySpec);

function isFamilySpec(value: unknown): value is FamilySpec {
  return typeof value === 'object' && value !== null && 'modelTypes' in value && 'check' in value;
}

/** The family that takes a `model_type`; null when there is none. */
export function findSpec(modelType: string | null): FamilySpec | null {
  return familySpecs.find((spec) => modelType !== null && spec.modelTypes.includes(modelType)) ?? null;
}

/** `no-model-type` or `unknown-model-type`, with the types that there are. */
export function unknownModelType(model: string, modelType: string | null): HeadgateError {
  const hint = `Headgate runs ${familySpecs.flatMap(({ modelTypes }) => modelTypes).join(', ')}.`;
  if (modelType === null)
    return new HeadgateError(
      'no-model-type',
      `${model}: nothing says what kind of model it is, since there is no config.json with a “model_type”.`,
      `Put the model's config.json beside its weights. ${hint}`,
    );
  return new HeadgateError(
    'unknown-model-type',
    `${model}: Headgate does not know the model_type “${modelType.slice(0, 80)}”.`,
    hint,
  );
}
