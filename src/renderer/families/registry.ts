import type { ModelDetail } from '../../common/contract.ts';
import { bart } from './bart.ts';
import { bert } from './bert.ts';
import { distilbert } from './distilbert.ts';
import { electra } from './electra.ts';
import type { Family } from '../models/family.ts';
import { gemma, gemma2 } from './gemma.ts';
import { gptNeox } from './gpt-neox.ts';
import { gpt2 } from './gpt2.ts';
import { llama } from './llama.ts';
import { marian } from './marian.ts';
import { mistral } from './mistral.ts';
import { modernbert } from './modernbert.ts';
import { phi } from './phi.ts';
import { phi3 } from './phi3.ts';
import { qwen2, qwen3 } from './qwen.ts';
import { recurrent } from '../models/recurrent/recurrent.ts';
import { roberta } from './roberta.ts';
import { seq2seq } from '../models/seq2seq/seq2seq.ts';
import { t5 } from './t5.ts';
import { unknownModelType } from '../../common/configs/registry.ts';
import { wordVectors } from '../models/word-vectors/word-vectors.ts';

/** Every family that Headgate can run. */
const families: readonly Family[] = [
  gpt2,
  gptNeox,
  llama,
  mistral,
  qwen2,
  qwen3,
  gemma,
  gemma2,
  phi,
  phi3,
  recurrent,
  seq2seq,
  wordVectors,
  t5,
  bart,
  marian,
  bert,
  roberta,
  distilbert,
  electra,
  modernbert,
];

/** The family that runs a model. @throws HeadgateError `no-model-type` or `unknown-model-type`. */
export function findFamily({ name, modelType }: Pick<ModelDetail, 'name' | 'modelType'>): Family {
  const family = families.find(({ spec }) => modelType !== null && spec.modelTypes.includes(modelType));
  if (family === undefined) throw unknownModelType(name, modelType);
  return family;
}
