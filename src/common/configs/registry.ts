import { HeadgateError } from '../error.ts';
import { bartSpec } from './bart.ts';
import { bertSpec } from './bert.ts';
import { distilbertSpec } from './distilbert.ts';
import { electraSpec } from './electra.ts';
import { gemma2Spec, gemmaSpec } from './gemma.ts';
import { gptNeoxSpec } from './gpt-neox.ts';
import { gpt2Spec } from './gpt2.ts';
import { llamaSpec } from './llama.ts';
import { marianSpec } from './marian.ts';
import { mistralSpec } from './mistral.ts';
import { modernbertSpec } from './modernbert.ts';
import { phiSpec } from './phi.ts';
import { phi3Spec } from './phi3.ts';
import { qwen2Spec, qwen3Spec } from './qwen.ts';
import { recurrentSpec } from './recurrent.ts';
import { robertaSpec } from './roberta.ts';
import { seq2seqSpec } from './seq2seq.ts';
import type { FamilySpec } from './spec.ts';
import { t5Spec } from './t5.ts';
import { wordVectorsSpec } from './word-vectors.ts';

/** What each family expects of a model's files. */
const familySpecs: readonly FamilySpec[] = [
  gpt2Spec,
  gptNeoxSpec,
  llamaSpec,
  mistralSpec,
  qwen2Spec,
  qwen3Spec,
  gemmaSpec,
  gemma2Spec,
  phiSpec,
  phi3Spec,
  recurrentSpec,
  seq2seqSpec,
  wordVectorsSpec,
  t5Spec,
  bartSpec,
  marianSpec,
  bertSpec,
  robertaSpec,
  distilbertSpec,
  electraSpec,
  modernbertSpec,
];

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
