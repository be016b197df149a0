import type { Config } from '../../common/configs/config.ts';
import { requireTensors } from '../../common/configs/match.ts';
import type { LabelHead } from '../../common/configs/labels.ts';
import type { FamilySpec, TensorCheck } from '../../common/configs/spec.ts';
import type { Gpu } from '../gpu/gpu.ts';
import type { Run } from '../runs/run.ts';
import type { Tokenizer } from '../../common/text/tokenizer.ts';
import type { Family, LoadedModel, LoadProgress } from './family.ts';
import type { WeightSource } from './weights.ts';

/** What a family builds a model of: its config is parsed, and every tensor that it calls for is there. */
interface ModelParts<Parsed> {
  readonly gpu: Gpu;
  readonly source: WeightSource;
  readonly config: Parsed;
  readonly check: TensorCheck;
  /** The head with labels that the files hold; null: none. */
  readonly labels: LabelHead | null;
  /** What runs say of their model. */
  readonly about: Run['model'];
  onProgress(progress: LoadProgress): void;
  readonly signal: AbortSignal;
}

export interface FamilyParts<Parsed> {
  readonly spec: FamilySpec;
  /** @throws HeadgateError `bad-config` */
  parse(config: Config): Parsed;
  /** Streams the weights to the GPU. @throws as `Family.load` */
  build(parts: ModelParts<Parsed>): Promise<LoadedModel>;
  /** The tokenizer of the model's input; left out: that of the usual files. */
  tokenizer?(source: WeightSource, config: Parsed, signal: AbortSignal): Promise<Tokenizer>;
}

/** A family: its config is read and its tensors are checked before anything is built. */
export function defineFamily<Parsed>({ spec, parse, build, tokenizer }: FamilyParts<Parsed>): Family {
  return {
    spec,
    ...(tokenizer && {
      tokenizer: (source, signal) => tokenizer(source, parse(source.model.config ?? {}), signal),
    }),
    async load(gpu, source, onProgress, signal) {
      const { id, name, config: raw, tensors, modelType, format } = source.model;
      const config = parse(raw ?? {});
      const check = spec.check(raw ?? {}, tensors);
      requireTensors(name, check, format);
      const about = { id, name, family: spec.name, modelType: modelType ?? '' };
      const labels = spec.labels?.(raw ?? {}, tensors) ?? null;
      return build({ gpu, source, config, check, labels, about, onProgress, signal });
    },
  };
}
