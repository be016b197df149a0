import type { Dtype, TensorInfo } from '../../common/contract.ts';
import { isBlockDtype } from '../../common/blocks/block-types.ts';
import { HeadgateError } from '../../common/error.ts';
import { nextTurn } from '../common/next-turn.ts';
import type { Gpu } from '../gpu/gpu.ts';
import { elements, type BufferRange, type GpuTensor } from '../gpu/tensor.ts';
import { repackedBytes } from '../kernels/matmul/quantized.ts';
import type { Matrix, StoredDtype } from '../kernels/matmul/weight.ts';
import { DECODED_BYTES } from '../../common/stored-floats.ts';
import type { LoadProgress } from './family.ts';
import { pieceRows, rowsOfFile, toRanges, type FileRange, type StoredRange } from './weight-ranges.ts';
import { WeightWriter, type PlannedWeight } from './weight-writer.ts';
import type { WeightSource } from './weights.ts';

/** Uploads that may wait in the browser's queue. */
const QUEUE_BYTES = 64 * 2 ** 20;
/** Bytes that are written in one go, and how long the window may wait for an answer meanwhile, ms. */
const SLICE_BYTES = 2 ** 20;
const TURN_MILLISECONDS = 12;

/** Types that kernels read as they are stored. */
const KEPT: Readonly<Partial<Record<Dtype, StoredDtype>>> = { F32: 'f32', F16: 'f16', BF16: 'bf16' };

interface MatrixOptions {
  readonly float?: boolean;
  readonly whole?: boolean;
  readonly turned?: boolean;
  readonly rows?: readonly [number, number];
}

/**
 * The weights of one model on the GPU. `matrix` and `vector` reserve room, `load` then streams every file once, in the
 * order of its bytes; weights never lie in JavaScript's memory beyond the piece that is on its way.
 */
export class WeightStore {
  readonly #gpu: Gpu;
  readonly #source: WeightSource;
  readonly #tensors: ReadonlyMap<string, TensorInfo>;
  readonly #planned: PlannedWeight[] = [];
  readonly #computed: { readonly buffer: GPUBuffer; readonly values: Float32Array<ArrayBuffer> }[] = [];

  /** @param tensors the family's names → tensors of the files, of checked shapes */
  constructor(gpu: Gpu, source: WeightSource, tensors: ReadonlyMap<string, TensorInfo>) {
    this.#gpu = gpu;
    this.#source = source;
    this.#tensors = tensors;
  }

  /** GPU bytes of everything reserved so far. */
  get bytes(): number {
    return this.#buffers().reduce((sum, { size }) => sum + size, 0);
  }

  has(name: string): boolean {
    return this.#tensors.has(name);
  }

  /** Whether a matrix [K, N] is stored in packed rows of [N, K]: `matrix` gives it `turned`. */
  isTurned(name: string): boolean {
    return this.#info(name).packed?.turned === true;
  }

  /**
   * A matrix, in several buffers where one binding can't hold it, in its stored type where kernels can read that: 16-bit
   * rows must be a multiple of 4 values long, and a software adapter unpacks f16 so slowly that it is expanded here, once.
   * Packed matrices stay packed.
   * @param options.float as f32, whatever its stored type
   * @param options.whole it is used in a way that can't be cut between rows: one buffer, or none
   * @param options.turned as [columns, rows]; for those that `isTurned` only
   * @param options.rows only these, [from, to)
   * @throws HeadgateError `unsupported-dtype`, or `too-large-for-gpu` with the numbers.
   */
  matrix(name: string, options: MatrixOptions = {}): Matrix {
    const info = partOfFile(this.#stored(name, options), options.rows);
    const columns = info.shape.at(-1) ?? 1;
    const rows = elements(info.shape) / columns;
    const [own, dtype] = [{ ...info, shape: [rows, columns] }, this.#keptType(info, options)];
    const piece = (from: number, to: number): Matrix => ({
      dtype,
      ...this.#planRows(rowsOfFile(own, from, to), dtype),
      shape: [to - from, columns],
    });
    const step = pieceRows(rows, rowBytesOf(dtype, columns), this.#gpu.pool.largestPiece);
    if (options.whole === true || step === rows) return piece(0, rows);
    const parts = Array.from({ length: Math.ceil(rows / step) }, (_, i) =>
      piece(i * step, Math.min((i + 1) * step, rows)),
    );
    return { ...(parts[0] as Matrix), shape: [rows, columns], parts };
  }

  /** A tensor as f32, whatever its stored type. @param part only these of its rows, [from, to) @throws as `matrix`. */
  vector(name: string, part?: readonly [number, number]): GpuTensor {
    const info = partOfFile(this.#info(name), part);
    const { buffer } = this.#plan(info, info.dtype === 'F32', elements(info.shape) * 4);
    return { buffer, offset: 0, shape: info.shape };
  }

  /** Values that no file holds, such as positions that are computed. */
  computed(values: Float32Array<ArrayBuffer>, shape: readonly number[], label: string): GpuTensor {
    const buffer = this.#gpu.pool.acquire(values.byteLength, 'weights', label);
    this.#computed.push({ buffer, values });
    return { buffer, offset: 0, shape };
  }

  /**
   * Streams all reserved tensors to the GPU. Everything is given back when it fails or is aborted.
   * @throws HeadgateError `out-of-gpu-memory`, `truncated-file`, `device-lost`; what the source throws; the signal's reason.
   */
  async load(onProgress: (progress: LoadProgress) => void, signal: AbortSignal): Promise<void> {
    try {
      await this.#gpu.pool.settle();
      const total = this.#planned.reduce((sum, { info }) => sum + info.end - info.begin, 0);
      for (const { buffer, values } of this.#computed) this.#gpu.device.queue.writeBuffer(buffer, 0, values);
      let done = 0;
      let queued = 0;
      let answered = performance.now();
      onProgress({ done, total });
      for (const range of toRanges(this.#planned)) {
        for await (const bytes of this.#stream(range, signal)) {
          done += bytes;
          queued += bytes;
          onProgress({ done, total });
          if (queued > QUEUE_BYTES) {
            await this.#gpu.idle();
            queued = 0;
          }
          if (performance.now() - answered > TURN_MILLISECONDS) {
            await nextTurn();
            answered = performance.now();
          }
          signal.throwIfAborted();
          this.#gpu.assertAlive();
        }
      }
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  dispose(): void {
    for (const buffer of this.#buffers()) this.#gpu.pool.release(buffer);
    this.#planned.length = 0;
    this.#computed.length = 0;
  }

  #buffers(): GPUBuffer[] {
    return [
      ...this.#planned.flatMap(({ buffer, scales }) => (scales === null ? [buffer] : [buffer, scales])),
      ...this.#computed.map(({ buffer }) => buffer),
    ];
  }

  #info(name: string): TensorInfo {
    const info = this.#tensors.get(name);
    if (info === undefined) throw new Error(`The check let a model without “${name}” pass.`);
    return info;
  }

  /** The bytes that a matrix is made of: its blocks where it has some that can be used. */
  #stored(name: string, { float = false, turned = false }: MatrixOptions): StoredRange {
    const { packed, ...info } = this.#info(name);
    if (packed === undefined || float || packed.turned !== turned) {
      if (turned) throw new Error(`“${name}” is not stored turned.`);
      return info;
    }
    const { dtype, file, begin, end } = packed;
    return { name, dtype, file, begin, end, shape: turned ? info.shape.toReversed() : info.shape };
  }

  /** What a matrix is on the GPU. */
  #keptType({ dtype, shape }: StoredRange, { float = false }: MatrixOptions): StoredDtype {
    if (isBlockDtype(dtype)) return dtype;
    const kept = KEPT[dtype];
    if (kept === undefined || float || (shape.at(-1) ?? 1) % 4 !== 0) return 'f32';
    return kept === 'f16' && this.#gpu.facts.isSoftware ? 'f32' : kept;
  }

  /** Room for rows of a matrix. */
  #planRows(info: StoredRange, dtype: StoredDtype): Pick<Matrix, 'values' | 'scales'> {
    const [rows = 1, columns = 1] = info.shape;
    const range = (buffer: GPUBuffer, size: number): BufferRange => ({ buffer, offset: 0, size });
    if (!isBlockDtype(dtype)) {
      const size = rows * rowBytesOf(dtype, columns);
      return { values: range(this.#plan(info, KEPT[info.dtype as Dtype] === dtype, size).buffer, size) };
    }
    const size = repackedBytes(dtype, rows, columns);
    const buffer = this.#gpu.pool.acquire(size.values, 'weights', info.name);
    const scales = this.#gpu.pool.acquire(size.scales, 'weights', `${info.name} scales`);
    this.#planned.push({ info, buffer, scales, raw: false });
    return { values: range(buffer, size.values), scales: range(scales, size.scales) };
  }

  #plan(info: StoredRange, raw: boolean, size: number): PlannedWeight {
    if (DECODED_BYTES[info.dtype as Dtype] === undefined)
      throw new HeadgateError(
        'unsupported-dtype',
        `The tensor “${info.name}” is stored as ${info.dtype}; weights must be F32, F16, BF16 or F64.`,
        'Save the model again in one of these types, e.g. model.float().save_pretrained(…).',
      );
    const planned = { info, buffer: this.#gpu.pool.acquire(size, 'weights', info.name), scales: null, raw };
    this.#planned.push(planned);
    return planned;
  }

  /** Reads a range of a file and writes the tensors in it; yields the tensors' bytes of each piece. */
  async *#stream(range: FileRange<PlannedWeight>, signal: AbortSignal): AsyncGenerator<number> {
    const writers = range.planned.map((planned) => ({
      ...{ begin: planned.info.begin, end: planned.info.end },
      writer: new WeightWriter(this.#gpu.device.queue, planned),
    }));
    // What becomes f32 or is repacked takes its time.
    const isQuick = range.planned.every(({ raw }) => raw);
    let at = range.begin;
    for await (const piece of this.#source.read(range.file, range.begin, range.end, signal)) {
      const step = isQuick ? piece.length : SLICE_BYTES;
      for (let start = 0; start < piece.length; start += step) {
        const slice = piece.subarray(start, start + step);
        let used = 0;
        for (const { begin, end, writer } of writers) {
          const from = Math.max(begin - at, 0);
          const to = Math.min(end - at, slice.length);
          if (from >= to) continue;
          writer.write(slice.subarray(from, to));
          used += to - from;
        }
        at += slice.length;
        yield used;
      }
    }
    if (at < range.end) {
      const name = this.#source.model.files.find(({ id }) => id === range.file)?.name ?? range.file;
      throw new HeadgateError(
        'truncated-file',
        `${name} ended at byte ${at}; its header promises ${range.end}.`,
        'Download or save the file again.',
      );
    }
  }
}

/** Bytes of a row on the GPU, without its scales. */
function rowBytesOf(dtype: StoredDtype, columns: number): number {
  if (isBlockDtype(dtype)) return repackedBytes(dtype, 4, columns).values / 4;
  return columns * (dtype === 'f32' ? 4 : 2);
}

/** The tensor, or some of its rows. */
function partOfFile<Info extends StoredRange>(info: Info, part: readonly [number, number] | undefined): Info {
  return part === undefined ? info : rowsOfFile(info, ...part);
}
