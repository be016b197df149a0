/** Small folders of models, written from what a family expects, read as the window and the command line read them. */
import { findSpec } from '../../../src/common/configs/registry.ts';
import type { TensorCheck } from '../../../src/common/configs/spec.ts';
import type { ModelDetail } from '../../../src/common/contract.ts';
import { readModel } from '../../../src/common/read-model.ts';
import { must } from '../../helpers/must.ts';
import { folderOf } from '../formats/folder.ts';
import { safetensorsOf } from '../formats/make-safetensors.ts';

export type Shapes = Record<string, readonly number[]>;

export const GPT2 = { model_type: 'gpt2', vocab_size: 11, n_embd: 8, n_head: 2, n_layer: 2, n_positions: 5 };
export const LLAMA = {
  ...{ model_type: 'llama', vocab_size: 11, hidden_size: 8, num_attention_heads: 2, num_hidden_layers: 2 },
  ...{ intermediate_size: 6, tie_word_embeddings: false },
};
export const BERT = { ...LLAMA, model_type: 'bert', tie_word_embeddings: true, max_position_embeddings: 5 };

/** The tensors that a config calls for, in the order in which the family lists them. @param more that hint at heads */
export function shapesOf(config: Record<string, unknown>, more: Shapes = {}): Shapes {
  const spec = must(findSpec(String(config['model_type'])));
  const hints = Object.entries(more).map(([name, shape]) => ({
    ...{ name, dtype: 'F32' as const, shape: [...shape], file: 'f', begin: 0, end: 0 },
  }));
  const { missing } = spec.check(config, hints);
  return { ...Object.fromEntries(missing.map(({ name, shape }) => [name, shape])), ...more };
}

/** Names changed one by one. */
export function renamed(shapes: Shapes, change: (name: string) => string): Shapes {
  return Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [change(name), shape]));
}

export interface Opened {
  readonly detail: ModelDetail;
  /** What the family makes of it; null: no family runs it. */
  readonly check: TensorCheck | null;
  /** Values of a tensor as they are read. */
  readonly bytes: (name: string) => Promise<Uint8Array>;
}

export async function open(
  config: object | null,
  shapes: Shapes,
  more: Record<string, string> = {},
): Promise<Opened> {
  const { detail, files } = await readModel(
    folderOf({
      ...(config && { 'config.json': JSON.stringify(config) }),
      'model.safetensors': safetensorsOf(shapes),
      ...more,
    }),
    { id: 'm', source: 'opened', wanted: null, fileId: (name) => name },
  );
  const spec = findSpec(detail.modelType);
  return {
    detail,
    check: spec?.check(detail.config ?? {}, detail.tensors) ?? null,
    bytes: (name) => {
      const { file, begin, end } = must(detail.tensors.find((tensor) => tensor.name === name));
      return must(files.get(file)).read(begin, end);
    },
  };
}
