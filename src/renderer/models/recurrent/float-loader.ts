import type { TensorInfo } from '../../../common/contract.ts';
import { HeadgateError } from '../../../common/error.ts';
import type { Gpu } from '../../gpu/gpu.ts';
import type { GpuTensor } from '../../gpu/tensor.ts';
import { decodeFloats, DECODED_BYTES } from '../../../common/stored-floats.ts';
import { asMatrix, type Matrix } from '../../kernels/matmul/weight.ts';
import type { LoadProgress } from '../family.ts';
import { pieceRows, rowsOfFile } from '../weight-ranges.ts';
import type { WeightSource } from '../weights.ts';
import { splitColumns } from './columns.ts';

/**
 * Reads a model's tensors one at a time as f32, for families that repack them before they go to the GPU. One tensor lies
 * in JavaScript's memory at a time.
 */
export class FloatLoader {
  readonly #gpu: Gpu;
  readonly #source: WeightSource;
  readonly #found: ReadonlyMap<string, TensorInfo>;
  readonly #onProgress: (progress: LoadProgress) => void;
  readonly #signal: AbortSignal;
  readonly #held: GpuTensor[] = [];
  readonly #total: number;
  #done = 0;

  /** @param found the documented names → tensors of the files, of checked shapes */
  constructor(
    gpu: Gpu,
    source: WeightSource,
    found: ReadonlyMap<string, TensorInfo>,
    onProgress: (progress: LoadProgress) => void,
    signal: AbortSignal,
  ) {
    this.#gpu = gpu;
    this.#source = source;
    this.#found = found;
    this.#onProgress = onProgress;
    this.#signal = signal;
    this.#total = [...found.values()].reduce((sum, { begin, end }) => sum + end - begin, 0);
  }

  /** GPU bytes of everything that was put there. */
  get bytes(): number {
    return this.#held.reduce((sum, { buffer }) => sum + buffer.size, 0);
  }

  has(name: string): boolean {
    return this.#found.has(name);
  }

  /**
   * All values of a tensor, row-major.
   * @throws HeadgateError `unsupported-dtype` or `truncated-file`; the signal's reason.
   */
  read(name: string): Promise<Float32Array<ArrayBuffer>> {
    return this.#values(this.#info(name));
  }

  #info(name: string): TensorInfo {
    const info = this.#found.get(name);
    if (info === undefined) throw new Error(`The check let a model without “${name}” pass.`);
    return info;
  }

  async #values(info: TensorInfo): Promise<Float32Array<ArrayBuffer>> {
    if (DECODED_BYTES[info.dtype] === undefined)
      throw new HeadgateError(
        'unsupported-dtype',
        `The tensor “${info.name}” is stored as ${info.dtype}; weights must be F32, F16, BF16 or F64.`,
        'Save the model again in one of these types, e.g. after model.float().',
      );
    const bytes = new Uint8Array(info.end - info.begin);
    let at = 0;
    for await (const piece of this.#source.read(info.file, info.begin, info.end, this.#signal)) {
      this.#signal.throwIfAborted();
      bytes.set(piece, at);
      at += piece.length;
      this.#onProgress({ done: Math.min(this.#done + at, this.#total), total: this.#total });
    }
    this.#done = Math.min(this.#done + at, this.#total);
    if (at < bytes.length)
      throw new HeadgateError(
        'truncated-file',
        `The file that holds “${info.name}” ended ${bytes.length - at} bytes too early.`,
        'Download or save the file again.',
      );
    return decodeFloats(info.dtype, bytes);
  }

  /** Values as a weight on the GPU, until `dispose`. */
  put(values: Float32Array<ArrayBuffer>, shape: readonly number[], label: string): GpuTensor {
    const tensor = this.#gpu.tensorFrom(values, shape, label, 'weights');
    this.#held.push(tensor);
    return tensor;
  }

  /**
   * The columns of a matrix as matrices of the given widths, each in several buffers where one can't hold it. No more
   * than such a piece lies in JavaScript's memory.
   * @throws as `read`; HeadgateError `out-of-gpu-memory`
   */
  matrices(name: string, widths: readonly number[]): Promise<Matrix[]> {
    const info = this.#info(name);
    const [rows = 1] = info.shape;
    return this.#pieces(name, rows, widths, (from, to) => this.#values(rowsOfFile(info, from, to)));
  }

  /** A matrix of the file, as `matrices`. */
  async matrix(name: string, width: number): Promise<Matrix> {
    const [matrix] = await this.matrices(name, [width]);
    return matrix as Matrix;
  }

  /** A matrix that no file holds, as `matrices`. @param values its rows [from, to) */
  async computed(
    label: string,
    [rows, width]: readonly [number, number],
    values: (from: number, to: number) => Float32Array<ArrayBuffer>,
  ): Promise<Matrix> {
    const [matrix] = await this.#pieces(label, rows, [width], (from, to) =>
      Promise.resolve(values(from, to)),
    );
    return matrix as Matrix;
  }

  async #pieces(
    label: string,
    rows: number,
    widths: readonly number[],
    values: (from: number, to: number) => Promise<Float32Array<ArrayBuffer>>,
  ): Promise<Matrix[]> {
    const pieces = await this.cut(rows, Math.max(...widths) * 4, async (from, to) =>
      splitColumns(await values(from, to), widths).map((part, i) =>
        asMatrix(this.put(part, [to - from, widths[i] ?? 0], label)),
      ),
    );
    return widths.map((width, i) => {
      const list = pieces.map((piece) => piece[i] as Matrix);
      const [first] = list;
      if (first === undefined) throw new Error(`“${label}” has no rows.`);
      return list.length === 1 ? first : { ...first, shape: [rows, width], parts: list };
    });
  }

  /**
   * What is put on the GPU for rows [from, to), in as few pieces as fit into a buffer each.
   * @param rowBytes of the widest that is put there
   * @throws HeadgateError `out-of-gpu-memory`, before the next piece is made.
   */
  async cut<Piece>(
    rows: number,
    rowBytes: number,
    piece: (from: number, to: number) => Piece | Promise<Piece>,
  ): Promise<Piece[]> {
    const step = pieceRows(rows, rowBytes, this.#gpu.pool.largestPiece);
    const pieces: Piece[] = [];
    for (let from = 0; from < rows; from += step) {
      pieces.push(await piece(from, Math.min(from + step, rows)));
      await this.settle();
    }
    return pieces;
  }

  /** A tensor as it is. */
  async load(name: string, shape: readonly number[]): Promise<GpuTensor> {
    return this.put(await this.read(name), shape, name);
  }

  /** Waits until the device has room for everything. @throws HeadgateError `out-of-gpu-memory`. */
  async settle(): Promise<void> {
    await this.#gpu.pool.settle();
  }

  dispose(): void {
    for (const tensor of this.#held.splice(0)) this.#gpu.release(tensor);
  }
}
