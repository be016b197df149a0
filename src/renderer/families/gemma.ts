import type { Family } from '../models/family.ts';
import { llamaLayout } from './llama.ts';
import {
  gemma2Spec,
  gemma3Spec,
  gemmaSpec,
  parseGemma2Config,
  parseGemma3Config,
  parseGemmaConfig,
  type GemmaConfig,
} from '../../common/configs/gemma.ts';
import { causalFamily } from '../models/transformer/causal-family.ts';
import type { Reader } from '../models/transformer/reader.ts';
import type { Transformer } from '../models/transformer/run.ts';

/** Gemma (Mesnard et al. 2024): Llama with GeGLU, embeddings times √D, and norms that store weight − 1. */
export const gemma: Family = causalFamily({ spec: gemmaSpec, parse: parseGemmaConfig, end: 1, transformer });

/** Gemma 2 (Rivière et al. 2024): windows in every other layer, norms after each part too, capped scores and logits. */
export const gemma2: Family = causalFamily({
  spec: gemma2Spec,
  parse: parseGemma2Config,
  end: 1,
  transformer,
});

/** Gemma 3 (Kamath et al. 2025), the language model: q and k normed, and turned at one rate in windows, at another without. */
export const gemma3: Family = causalFamily({
  spec: gemma3Spec,
  parse: parseGemma3Config,
  end: 1,
  transformer,
});

function transformer(read: Reader, config: GemmaConfig): Transformer {
  const { scoreScale, scoreCap, logitCap } = config;
  const embeddingScale = Math.sqrt(config.width);
  return llamaLayout(read, config, { embeddingScale, normShift: 1, scoreScale, scoreCap, logitCap });
}
