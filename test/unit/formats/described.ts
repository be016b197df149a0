import type { StoredModel } from '../../../src/common/formats/format.ts';

/** A tensor as the fixtures' expected.json has it. */
export interface Described {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly hex: string;
}

/** Every tensor of a model with its bytes, by name. */
export async function described({ tensors, files }: StoredModel): Promise<Record<string, Described>> {
  const all: Record<string, Described> = {};
  for (const { name, dtype, shape, file, begin, end } of tensors) {
    const bytes = await files.get(file)?.read(begin, end);
    all[name] = { dtype, shape, hex: Buffer.from(bytes ?? []).toString('hex') };
  }
  return all;
}
