/** Which names of a capture's tensors stand for what, and the shapes that they must have. T tokens, S source tokens. */
import { HeadgateError, quote } from '../../error.ts';
import type { StoredTensor } from '../format.ts';

/** What an axis counts: null is free. */
type Size = 'T' | 'S' | null;

/** Outputs of Hugging Face's models by layer, with their shapes. */
const BY_LAYER: Readonly<Record<string, readonly Size[]>> = {
  hidden_states: ['T', null],
  attentions: [null, 'T', 'T'],
  encoder_hidden_states: ['S', null],
  encoder_attentions: [null, 'S', 'S'],
  decoder_hidden_states: ['T', null],
  decoder_attentions: [null, 'T', 'T'],
  cross_attentions: [null, 'T', 'S'],
};

const LAYER = new RegExp(`^(${Object.keys(BY_LAYER).join('|')})[._](\\d{1,4})$`);
const STACKED = new RegExp(`^(${Object.keys(BY_LAYER).join('|')})$`);

/** True for a name of Hugging Face's outputs, of one layer or of all. */
export function isOutputName(name: string): boolean {
  return LAYER.test(name) || STACKED.test(name);
}

/**
 * A tensor under the name that Headgate gives it (`hidden_states.3`), without a batch axis of 1, one for each layer of a
 * stacked array (`hidden_states` [L, T, D]); what has another name stays as it is.
 */
export function named(tensor: StoredTensor): StoredTensor[] {
  const [, group = '', layer = ''] = LAYER.exec(tensor.name) ?? [];
  const dimensions = (BY_LAYER[group] ?? []).length;
  if (layer !== '')
    return [{ ...tensor, name: `${group}.${Number(layer)}`, shape: unbatched(tensor.shape, dimensions) }];
  if (tensor.name === 'logits' && tensor.shape.length === 3)
    return [{ ...tensor, shape: unbatched(tensor.shape, 2) }];
  if (!STACKED.test(tensor.name)) return [tensor];
  const [layers = 0, ...rest] = tensor.shape;
  const shape = unbatched(rest, BY_LAYER[tensor.name]?.length ?? 0);
  const bytes = (tensor.end - tensor.begin) / Math.max(layers, 1);
  if (shape.length !== BY_LAYER[tensor.name]?.length || !Number.isInteger(bytes)) return [tensor];
  return Array.from({ length: layers }, (_, l) => ({
    ...{ name: `${tensor.name}.${l}`, dtype: tensor.dtype, shape, file: tensor.file },
    ...{ begin: tensor.begin + l * bytes, end: tensor.begin + (l + 1) * bytes },
  }));
}

function unbatched(shape: readonly number[], dimensions: number): number[] {
  const [batch, ...rest] = shape;
  return shape.length === dimensions + 1 && batch === 1 ? rest : [...shape];
}

/** T and S as the tensors have them; null: none of them tells. */
export function lengthsOf(tensors: readonly StoredTensor[]): {
  readonly T: number | null;
  readonly S: number | null;
} {
  const find = (wanted: Size) => {
    for (const { name, shape } of tensors) {
      const at = shapeOf(name)?.indexOf(wanted) ?? -1;
      if (at >= 0) return shape[at] ?? null;
    }
    return null;
  };
  const logits = tensors.find(({ name, shape }) => name === 'logits' && shape.length === 2);
  return { T: find('T') ?? logits?.shape[0] ?? null, S: find('S') };
}

function shapeOf(name: string): readonly Size[] | null {
  const [, group = ''] = LAYER.exec(name) ?? [];
  return BY_LAYER[group] ?? null;
}

/** @throws HeadgateError `capture-shape` for an output that does not fit the tokens */
export function checkShapes(
  file: string,
  tensors: readonly StoredTensor[],
  sizes: { readonly T: number; readonly S: number | null },
): void {
  for (const { name, shape } of tensors) {
    const wanted = shapeOf(name);
    if (wanted === null) continue;
    const fits =
      shape.length === wanted.length &&
      wanted.every((size, axis) => size === null || shape[axis] === (size === 'T' ? sizes.T : sizes.S));
    if (fits) continue;
    const words = wanted.map((size, axis) =>
      size === null
        ? axis === 0
          ? 'heads'
          : 'units'
        : size === 'T'
          ? `${sizes.T} tokens`
          : `${sizes.S ?? 0} source tokens`,
    );
    throw new HeadgateError(
      'capture-shape',
      `${quote(file)} has ${quote(name)} of shape [${shape.join(', ')}]; its text asks for [${words.join(', ')}].`,
      'The capture was put together of different runs, or its tokens are missing: write it again.',
    );
  }
}
