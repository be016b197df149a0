import type { ModelDetail } from '../contract.ts';
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

/** `no-model-type`, `unknown-model-type` or `not-run`, with the types that there are or the block that is missing. */
export function unknownModelType({
  name,
  modelType,
  whyNot,
}: Pick<ModelDetail, 'name' | 'modelType' | 'whyNot'>): HeadgateError {
  const hint = `Headgate runs ${familySpecs.flatMap(({ modelTypes }) => modelTypes).join(', ')}.`;
  if (modelType === null && whyNot !== undefined)
    return new HeadgateError(
      'not-run',
      `${name}: ${whyNot}`,
      'Its tensors can be looked at. docs/custom-models.md has the networks that are run, and how a config.json describes one.',
    );
  if (modelType === null)
    return new HeadgateError(
      'no-model-type',
      `${name}: nothing says what kind of model it is, since there is no config.json with a “model_type”.`,
      `Put the model's config.json beside its weights. ${hint}`,
    );
  return new HeadgateError(
    'unknown-model-type',
    `${name}: Headgate does not know the model_type “${modelType.slice(0, 80)}”.`,
    hint,
  );
}
