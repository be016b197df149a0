import { HeadgateError } from '../error.ts';
import type { TensorInfo } from '../contract.ts';
import { CAPTURE_TYPE } from './capture.ts';
import { whyNotRecognised } from './recognise.ts';
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

/** `no-model-type` or `unknown-model-type`, with the step that helps the owner of such files. */
export function unknownModelType({
  name,
  modelType,
  format = '',
  tensors = [],
}: {
  readonly name: string;
  readonly modelType: string | null;
  readonly format?: string;
  readonly tensors?: readonly TensorInfo[];
}): HeadgateError {
  const known = familySpecs.flatMap(({ modelTypes }) => modelTypes).filter((type) => type !== CAPTURE_TYPE);
  const types = `Headgate runs ${known.join(', ')}.`;
  if (modelType !== null)
    return new HeadgateError(
      'unknown-model-type',
      `${name}: Headgate does not know the model_type “${modelType.slice(0, 80)}”.`,
      types,
    );
  const unfit = whyNotRecognised(tensors);
  if (unfit !== null)
    return new HeadgateError(
      'no-model-type',
      `${name}: no config.json says what kind of model it is, and ${unfit}.`,
      'docs/custom-models.md tells how a config.json describes a recurrent network, and which names its tensors have.',
    );
  const why =
    'nothing says what kind of model it is: there is no config.json with a “model_type”, and names and shapes fit no family.';
  return new HeadgateError('no-model-type', `${name}: ${why}`, OWNERS[format] ?? OWNERS_OTHERS);
}

const OWNERS_OTHERS =
  'Of a model of Transformers, put its config.json beside the weights; of one of your own, docs/custom-models.md tells which names and shapes run.';
/** What people have in the formats that training scripts write. */
const OWNERS: Readonly<Record<string, string>> = {
  pytorch:
    'Of a module of your own, write it with headgate-export (python/README.md), or tell its names in a config.json (docs/custom-models.md); of a model of Transformers, model.save_pretrained(folder).',
  numpy: 'Tell names and shapes in a config.json beside the arrays (docs/custom-models.md).',
};
