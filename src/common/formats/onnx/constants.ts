/** The constants of an ONNX graph: initializers, Constant nodes, and what is plainly made of them. */
import type { ByteSource } from '../../byte-source.ts';
import type { OnnxModel, OnnxNode } from './model.ts';
import type { OnnxTensor } from './tensor.ts';

/** Numbers of the longest list that is read: shapes, axes, indices. */
const MOST = 64;
/** Bytes of a first state that is looked through for zeros. */
const MAX_STATE = 4 * 2 ** 20;
const DEEPEST = 64;
/** Operators that change how values lie and not what they are. */
const MOVES = new Set([
  'Identity',
  'Cast',
  'Unsqueeze',
  'Squeeze',
  'Reshape',
  'Expand',
  'Tile',
  'Slice',
  'Transpose',
  'Gather',
  'Concat',
]);

export class Constants {
  readonly #makers = new Map<string, OnnxNode>();

  constructor(
    private readonly model: OnnxModel,
    private readonly files: ReadonlyMap<string, ByteSource>,
  ) {
    for (const node of model.nodes) for (const output of node.outputs) this.#makers.set(output, node);
  }

  /** The tensor of a name; null: it is computed, or an input. */
  tensor(name: string): OnnxTensor | null {
    const found = this.model.tensors.get(name);
    if (found !== undefined) return found;
    const maker = this.#makers.get(name);
    if (maker?.op === 'Identity') return this.model.tensors.get(maker.inputs[0] ?? '') ?? null;
    return maker?.op === 'Constant' ? (maker.attributes.get('value')?.tensor ?? null) : null;
  }

  /** A matrix, and whether a Transpose stands between it and its use; null: it is computed. */
  matrix(name: string): { readonly tensor: OnnxTensor; readonly isTurned: boolean } | null {
    const own = this.tensor(name);
    if (own !== null) return { tensor: own, isTurned: false };
    const maker = this.#makers.get(name);
    const inner = maker?.op === 'Transpose' ? this.tensor(maker.inputs[0] ?? '') : null;
    return inner?.shape.length === 2 ? { tensor: inner, isTurned: true } : null;
  }

  /** Whole numbers of a constant; null: it is computed, long, or of another type. */
  async ints(name: string | undefined): Promise<readonly number[] | null> {
    if (name === undefined || name === '') return null;
    const maker = this.#makers.get(name);
    if (maker?.op === 'Constant') {
      const listed = maker.attributes.get('value_ints') ?? maker.attributes.get('value_int');
      if (listed !== undefined) return listed.ints;
    }
    const stored = this.tensor(name)?.stored ?? null;
    if (stored === null || (stored.dtype !== 'I64' && stored.dtype !== 'I32')) return null;
    const count = stored.shape.reduce((product, size) => product * size, 1);
    const bytes =
      count > MOST ? undefined : await this.files.get(stored.file)?.read(stored.begin, stored.end);
    if (bytes === undefined) return null;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return Array.from({ length: count }, (_, i) =>
      stored.dtype === 'I32' ? view.getInt32(4 * i, true) : Number(view.getBigInt64(8 * i, true)),
    );
  }

  /** True for values that can only be zeros: the first states of a layer. */
  async isZero(name: string, depth = 0): Promise<boolean> {
    const stored = this.tensor(name)?.stored ?? null;
    if (stored !== null) {
      if (stored.end - stored.begin > MAX_STATE) return false;
      const bytes = await this.files.get(stored.file)?.read(stored.begin, stored.end);
      return bytes?.every((byte) => byte === 0) === true;
    }
    const maker = this.#makers.get(name);
    if (maker === undefined || depth > DEEPEST) return false;
    if (maker.op === 'Constant') {
      const values = [...maker.attributes.values()];
      return values.every(({ float, ints }) => float === 0 && ints.every((value) => value === 0));
    }
    if (maker.op === 'ConstantOfShape') {
      const value = maker.attributes.get('value')?.tensor?.stored ?? null;
      if (value === null) return true;
      const bytes = await this.files.get(value.file)?.read(value.begin, value.end);
      return bytes?.every((byte) => byte === 0) === true;
    }
    if (!MOVES.has(maker.op)) return false;
    const sources = maker.op === 'Concat' ? maker.inputs : maker.inputs.slice(0, 1);
    for (const input of sources) if (!(await this.isZero(input, depth + 1))) return false;
    return sources.length > 0;
  }
}
