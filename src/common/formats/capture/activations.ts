/** Which names of a capture's tensors stand for what, and the shapes that they must have. T tokens, S source tokens. */
import { HeadgateError, quote } from '../../error.ts';
import { DECODED_BYTES } from '../../stored-floats.ts';
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

/** What else Headgate writes, in the order of looking. */
const OTHERS: readonly (readonly [name: RegExp, shape: readonly Size[]])[] = [
  [/^mlp\.\d+$/, ['T', null]],
  [/^(start|end)_logits$/, ['T']],
  [/^encoder\.rnn\.\d+(\.reverse)?\.(hidden|cell|gates\.\w+)$/, ['S', null]],
  [/^(decoder\.)?rnn\.\d+(\.reverse)?\.(hidden|cell|gates\.\w+)$/, ['T', null]],
  [/^encoder\.rnn\.\d+(\.reverse)?\.(gradient_norm(_cell)?|cell_gradient_norm)$/, ['S']],
  [/^(decoder\.)?rnn\.\d+(\.reverse)?\.(gradient_norm(_cell)?|cell_gradient_norm)$/, ['T']],
  [/^encoder_input_gradient$/, ['S']],
  [/^(decoder_)?input_gradient$/, ['T']],
  [/^encoder\.embeddings$/, ['S', null]],
  [/^(decoder\.)?embeddings$/, ['T', null]],
  // One row where a head looks over the states of a whole text.
  [/^attention\.(scores|weights)$/, [null, 'S']],
  [/^attention\.(context|vector)$/, ['T', null]],
];
/** Names whose shapes say more than the rules can tell: of labels, logits are [C]. */
const FREE = /^(logits|pooler_output|sentence_embedding)$/;

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
  if (shape.length !== BY_LAYER[tensor.name]?.length || !Number.isInteger(bytes) || layers > MOST_LAYERS)
    return [tensor];
  return Array.from({ length: layers }, (_, l) => ({
    ...{ name: `${tensor.name}.${l}`, dtype: tensor.dtype, shape, file: tensor.file },
    ...{ begin: tensor.begin + l * bytes, end: tensor.begin + (l + 1) * bytes },
  }));
}

/** More layers than any model has: the layer's number has four digits. */
const MOST_LAYERS = 10_000;

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
      const at = layerShape(name)?.indexOf(wanted) ?? -1;
      if (at >= 0) return shape[at] ?? null;
    }
    return null;
  };
  const logits = tensors.find(({ name, shape }) => name === 'logits' && shape.length === 2);
  return { T: find('T') ?? logits?.shape[0] ?? null, S: find('S') };
}

/** True when one of the tensors is about a source. */
export function hasSource(tensors: readonly StoredTensor[]): boolean {
  return tensors.some(({ name }) => layerShape(name)?.includes('S') === true || name.startsWith('encoder.'));
}

/** The tensors of layers that come after one that is not there: views count layers from 0 without a gap. */
export function beyondGap<T extends Pick<StoredTensor, 'name'>>(tensors: readonly T[]): T[] {
  const names = new Set(tensors.map(({ name }) => name));
  const lengths = new Map(
    Object.keys(BY_LAYER).map((group) => {
      let layers = 0;
      while (names.has(`${group}.${layers}`)) layers++;
      return [group, layers];
    }),
  );
  return tensors.filter(({ name }) => {
    const [, group = '', layer = ''] = LAYER.exec(name) ?? [];
    return layer !== '' && Number(layer) >= (lengths.get(group) ?? 0);
  });
}

function layerShape(name: string): readonly Size[] | null {
  const [, group = ''] = LAYER.exec(name) ?? [];
  return BY_LAYER[group] ?? null;
}

function shapeOf(name: string): readonly Size[] | null {
  return layerShape(name) ?? OTHERS.find(([known]) => known.test(name))?.[1] ?? null;
}

const OTHER_RUN =
  'The capture was put together of different runs, or its tokens are missing: write it again.';

/**
 * @param sizes of the texts; without a source, what looks at one looks at the text itself
 * @throws HeadgateError `capture-twice`, `capture-dtype`, `capture-shape`, `capture-layers`
 */
export function checkActivations(
  file: string,
  tensors: readonly StoredTensor[],
  sizes: { readonly T: number; readonly S: number | null },
): void {
  const where = quote(file);
  const seen = new Set<string>();
  /** By group, the first layer's size that all others must share: heads of a pattern, units of a state. */
  const shared = new Map<string, readonly [name: string, size: number]>();
  for (const { name, shape, dtype } of tensors) {
    const text = `[${shape.join(', ')}]`;
    if (seen.has(name))
      throw new HeadgateError(
        'capture-twice',
        `${where} holds ${quote(name)} twice: by itself and in an array of all layers, or under two spellings.`,
        'Keep one of them.',
      );
    seen.add(name);
    const group = STACKED.exec(name)?.[1];
    if (group !== undefined)
      throw new HeadgateError(
        'capture-shape',
        `${where} has ${quote(name)} of shape ${text}; an array of all layers is [layers, ${wordsOf(BY_LAYER[group] ?? [], sizes)}].`,
        'Stack the outputs of all layers, or save each under its own name, such as hidden_states.0.',
      );
    const wanted = shapeOf(name);
    if ((wanted !== null || FREE.test(name)) && DECODED_BYTES[dtype] === undefined)
      throw new HeadgateError(
        'capture-dtype',
        `${where} has ${quote(name)} in ${dtype}; activations are F32, F16, BF16 or F64.`,
        'Save it as float32.',
      );
    if (wanted === null) continue;
    const count = (size: Size) => (size === 'T' ? sizes.T : (sizes.S ?? sizes.T));
    const fits = (given: readonly number[]) =>
      given.length === wanted.length &&
      wanted.every((size, axis) => (size === null ? (given[axis] ?? 0) > 0 : given[axis] === count(size)));
    if (!fits(shape))
      throw new HeadgateError(
        'capture-shape',
        `${where} has ${quote(name)} of shape ${text}; its text asks for [${wordsOf(wanted, sizes)}].`,
        fits(shape.slice(1))
          ? `It seems to hold a batch of ${shape[0] ?? 0} texts: save one of them, such as array[0].`
          : OTHER_RUN,
      );
    const [, layered] = LAYER.exec(name) ?? [];
    const axis = wanted.indexOf(null);
    const size = shape[axis] ?? 0;
    const [first, other] = shared.get(layered ?? '') ?? [name, size];
    if (layered !== undefined) shared.set(layered, [first, other]);
    if (layered !== undefined && size !== other) {
      const what = axis === 0 ? 'heads' : 'units';
      throw new HeadgateError(
        'capture-layers',
        `${where} has ${size} ${what} in ${quote(name)} and ${other} in ${quote(first)}; all layers must have the same number.`,
        'Save the layers that go together in a capture of their own.',
      );
    }
  }
}

/** “heads, 5 tokens, 5 tokens” */
function wordsOf(
  shape: readonly Size[],
  { T, S }: { readonly T: number; readonly S: number | null },
): string {
  const free = shape.indexOf(null) > 0 ? 'units' : shape.length > 2 ? 'heads' : 'rows';
  const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;
  return shape
    .map((size) =>
      size === 'T'
        ? counted(T, 'token')
        : size === 'S'
          ? counted(S ?? T, S === null ? 'token' : 'source token')
          : free,
    )
    .join(', ');
}
