/**
 * Meta's Llamas in several parts (`consolidated.00.pth`, `consolidated.01.pth`, …), as fairscale's model parallelism splits
 * them: every part has every tensor, and of each matrix a piece along one axis.
 */
import type { ByteSource } from '../../byte-source.ts';
import { HeadgateError, quote } from '../../error.ts';
import type { StoredModel, StoredTensor } from '../format.ts';
import { oneAfterAnother, sideBySide } from '../joined.ts';

const PART = /^consolidated\.(\d\d)\.pth$/;
/** Matrices that are split along what they read. */
const BY_COLUMNS = /(^|\.)(wo|w2)\.weight$/;
/** Matrices that are split along what they give. */
const BY_ROWS = /(^|\.)(wq|wk|wv|w1|w3|output)\.weight$/;
const TABLE = /(^|\.)tok_embeddings\.weight$/;

const AGAIN = 'Copy or download all parts of one model into the folder.';

/** The parts of a folder by number; empty: it has one or none. @throws HeadgateError `missing-part` */
export function partsIn(folder: string, names: readonly string[]): readonly string[] {
  const parts = names.filter((name) => PART.test(name)).sort();
  if (parts.length < 2) return [];
  const numbers = parts.map((name) => Number(PART.exec(name)?.[1]));
  const gap = numbers.findIndex((number, place) => number !== place);
  if (gap >= 0)
    throw new HeadgateError(
      'missing-part',
      `${quote(folder)} holds ${quote(parts[gap] ?? '')}, but not ${quote(`consolidated.${String(gap).padStart(2, '0')}.pth`)}, which comes before it.`,
      AGAIN,
    );
  return parts;
}

/** One model of all parts. @throws HeadgateError `parts-differ` naming the tensor */
export function joinParts(names: readonly string[], parts: readonly StoredModel[]): StoredModel {
  const [first, ...others] = parts;
  if (first === undefined) throw new Error('There are no parts.');
  const files = new Map<string, ByteSource>(parts.flatMap((part) => [...part.files]));
  const byName = others.map(({ tensors }) => new Map(tensors.map((tensor) => [tensor.name, tensor])));
  const width = first.tensors.find(({ name }) => name.endsWith('norm.weight'))?.shape[0] ?? 0;
  const tensors = first.tensors.map((tensor): StoredTensor => {
    const all = [tensor, ...byName.map((part, k) => same(names[k + 1] ?? '', tensor, part.get(tensor.name)))];
    const axis = axisOf(tensor, width, parts.length);
    return axis === null ? tensor : joined(all, axis, files);
  });
  const strange = byName.findIndex((part) => part.size !== first.tensors.length);
  if (strange >= 0)
    throw differ(
      names[strange + 1] ?? '',
      `has ${byName[strange]?.size ?? 0} tensors, and the first ${first.tensors.length}`,
    );
  return {
    ...first,
    files,
    tensors,
    notes: [
      ...(first.notes ?? []),
      `The model is in ${parts.length} parts, split across as many GPUs: the pieces of each matrix were joined.`,
    ],
  };
}

/** Along which axis a tensor was split; null: every part has all of it. */
function axisOf({ name, shape }: StoredTensor, width: number, parts: number): 0 | 1 | null {
  if (shape.length !== 2) return null;
  if (BY_COLUMNS.test(name)) return 1;
  if (BY_ROWS.test(name)) return 0;
  // Llama 1 and 2 split the table along its vectors, Llama 3 along its words.
  if (TABLE.test(name)) return (shape[1] ?? 0) * parts === width ? 1 : 0;
  return null;
}

function same(part: string, tensor: StoredTensor, other: StoredTensor | undefined): StoredTensor {
  if (other === undefined) throw differ(part, `has no tensor ${quote(tensor.name)}`);
  if (other.shape.join() !== tensor.shape.join() || other.dtype !== tensor.dtype)
    throw differ(
      part,
      `has ${quote(tensor.name)} as ${other.dtype} [${other.shape.join(', ')}], the first as ${tensor.dtype} [${tensor.shape.join(', ')}]`,
    );
  return other;
}

function differ(part: string, what: string): HeadgateError {
  return new HeadgateError('parts-differ', `${quote(part)} is no part of the same model: it ${what}.`, AGAIN);
}

function joined(all: readonly StoredTensor[], axis: 0 | 1, files: Map<string, ByteSource>): StoredTensor {
  const [first] = all;
  if (first === undefined) throw new Error('There are no pieces.');
  const { name, dtype, shape, file } = first;
  const [rows = 0, columns = 0] = shape;
  const pieces = all.map((tensor): ByteSource => {
    const source = files.get(tensor.file);
    if (source === undefined) throw new Error(`The file ${tensor.file} is not among those that were read.`);
    const { begin, end } = tensor;
    return { name, size: end - begin, read: (from, to) => source.read(begin + from, begin + to) };
  });
  const label = `${file}/${name} (joined)`;
  const source = axis === 0 ? oneAfterAnother(label, pieces) : sideBySide(label, pieces, rows);
  files.set(label, source);
  const whole = axis === 0 ? [rows * all.length, columns] : [rows, columns * all.length];
  return { name, dtype, shape: whole, file: label, begin: 0, end: source.size };
}
