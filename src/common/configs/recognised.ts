import type { ModelDetail } from '../contract.ts';
import { recognise, type Recognised } from './recognise.ts';

/**
 * A model without a `model_type` whose tensors have a well-known shape, with the config of that shape; other models as
 * they are. Fields of its own config.json stand: they are how a user corrects what was recognised.
 */
export function withRecognisedConfig(model: ModelDetail): {
  readonly model: ModelDetail;
  readonly recognised: Recognised | null;
} {
  const recognised = model.modelType === null ? recognise(model.tensors) : null;
  if (recognised === null) return { model, recognised };
  const config = { ...recognised.config, ...model.config };
  const open = Object.entries(recognised.assumedFields ?? {}).filter(
    ([field]) => !(field in (model.config ?? {})),
  );
  return {
    model: { ...model, config, modelType: String(recognised.config['model_type']) },
    recognised: { ...recognised, assumed: [...open.map(([, sentence]) => sentence), ...recognised.assumed] },
  };
}
