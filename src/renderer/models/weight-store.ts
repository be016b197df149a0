import type { Dtype, TensorInfo } from '../../common/contract.ts';
import { HeadgateError } from '../../common/error.ts';
import type { Gpu } from '../gpu/gpu.ts';
import { elements, type GpuTensor } from '../gpu/tensor.ts';
import type { Matrix, StoredDtype } from '../kernels/matmul/weight.ts';
import { decodeFloats, DECODED_BYTES } from '../../common/stored-floats.ts';
import type { LoadProgress } from './family.ts';
import type { WeightSource } from './weights.ts';

/** Tensors whose bytes lie this close together in a file are read in one go. */
const GAP_BYTES = 64 * 1024;
/** Uploads that may wait in the browser's queue. */
const QUEUE_BYTES = 64 * 2 ** 20;

/** Types that kernels read as they are stored. */
const KEPT: Readonly<Partial<Record<Dtype, StoredDtype>>> = { F32: 'f32', F16: 'f16', BF16: 'bf16' };

interface Planned {
  readonly info: TensorInfo;
  readonly buffer: GPUBuffer;
  /** Stored bytes go to the GPU as they are; else they become f32 on the way. */
  readonly raw: boolean;
}

/**
 * The weights of one model on the GPU. `matrix` and `vector` reserve room, `load` then streams every file once, in the
 * order of its bytes; weights never lie in JavaScript's memory beyond the piece that is on its way.
 */
export class WeightStore {
  readonly #gpu: Gpu;
  readonly #source: WeightSource;
  readonly #tensors: ReadonlyMap<string, TensorInfo>;
  readonly #planned: Planned[] = [];
  readonly #computed: { readonly buffer: GPUBuffer; readonly values: Float32Array<ArrayBuffer> }[] = [];

  /** @param tensors the family's names → tensors of the files, of checked shapes */
  constructor(gpu: Gpu, source: WeightSource, tensors: ReadonlyMap<string, TensorInfo>) {
    this.#gpu = gpu;
    this.#source = source;
    this.#tensors = tensors;
  }

  /** GPU bytes of everything reserved so far. */
  get bytes(): number {
    return [...this.#planned, ...this.#computed].reduce((sum, { buffer }) => sum + buffer.size, 0);
  }

  has(name: string): boolean {
    return this.#tensors.has(name);
  }

  /**
   * A matrix, in several buffers where one binding can't hold it, in its stored type where kernels can read that: 16-bit
   * rows must be a multiple of 4 values long, and a software adapter unpacks f16 so slowly that it is expanded here, once.
   * @param options.float as f32, whatever its stored type
   * @param options.whole it is used in a way that can't be cut between rows: one buffer, or none
   * @param options.rows only these, [from, to)
   * @throws HeadgateError `unsupported-dtype`, or `too-large-for-gpu` with the numbers.
   */
  matrix(
    name: string,
    {
      whole = false,
      float = false,
      rows: wanted,
    }: {
      readonly whole?: boolean;
      readonly float?: boolean;
      readonly rows?: readonly [number, number];
    } = {},
  ): Matrix {
    const info = partOfFile(this.#info(name), wanted);
    const columns = info.shape.at(-1) ?? 1;
    const kept = KEPT[info.dtype];
    const isPacked = !float && kept !== undefined && kept !== 'f32' && columns % 4 === 0;
    const raw = kept === 'f32' || (isPacked && !(kept === 'f16' && this.#gpu.facts.isSoftware));
    const dtype = raw && kept !== undefined ? kept : 'f32';
    const count = elements(info.shape);
    const size = count * (dtype === 'f32' ? 4 : 2);
    const rows = count / columns;
    const piece = (from: number, to: number): Matrix => {
      const bytes = (to - from) * (size / rows);
      const buffer = this.#plan(rowsOfFile({ ...info, shape: [rows, columns] }, from, to), raw, bytes);
      return { dtype, values: { buffer, offset: 0, size: bytes }, shape: [to - from, columns] };
    };
    const step = pieceRows(rows, size / rows, this.#gpu.pool.largestPiece);
    if (whole || step === rows) return piece(0, rows);
    const parts = Array.from({ length: Math.ceil(rows / step) }, (_, i) =>
      piece(i * step, Math.min((i + 1) * step, rows)),
    );
    return { ...(parts[0] as Matrix), shape: [rows, columns], parts };
  }

  /** A tensor as f32, whatever its stored type. @param part only these of its rows, [from, to) @throws as `matrix`. */
  vector(name: string, part?: readonly [number, number]): GpuTensor {
    const info = partOfFile(this.#info(name), part);
    const buffer = this.#plan(info, info.dtype === 'F32', elements(info.shape) * 4);
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
    for (const { buffer } of [...this.#planned.splice(0), ...this.#computed.splice(0)])
      this.#gpu.pool.release(buffer);
  }

  #info(name: string): TensorInfo {
    const info = this.#tensors.get(name);
    if (info === undefined) throw new Error(`The check let a model without “${name}” pass.`);
    return info;
  }

  #plan(info: TensorInfo, raw: boolean, size: number): GPUBuffer {
    if (DECODED_BYTES[info.dtype] === undefined)
      throw new HeadgateError(
        'unsupported-dtype',
        `The tensor “${info.name}” is stored as ${info.dtype}; weights must be F32, F16, BF16 or F64.`,
        'Save the model again in one of these types, e.g. model.float().save_pretrained(…).',
      );
    const buffer = this.#gpu.pool.acquire(size, 'weights', info.name);
    this.#planned.push({ info, buffer, raw });
    return buffer;
  }

  /** Reads a range of a file and writes the tensors in it; yields the tensors' bytes of each piece. */
  async *#stream(range: Range, signal: AbortSignal): AsyncGenerator<number> {
    const writers = range.planned.map((planned) => ({
      planned,
      writer: new TensorWriter(this.#gpu, planned),
    }));
    let at = range.begin;
    for await (const piece of this.#source.read(range.file, range.begin, range.end, signal)) {
      let used = 0;
      for (const { planned, writer } of writers) {
        const from = Math.max(planned.info.begin - at, 0);
        const to = Math.min(planned.info.end - at, piece.length);
        if (from >= to) continue;
        writer.write(piece.subarray(from, to));
        used += to - from;
      }
      at += piece.length;
      yield used;
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

/**
 * Rows of each piece of a matrix that is cut into as few equal pieces of at most `largest` bytes as can be. Whole rows,
 * and pieces that begin at a multiple of 4 bytes; the last may be a few rows shorter.
 * @returns all rows where it fits, or where four rows are too large for a piece
 */
export function pieceRows(rows: number, rowBytes: number, largest: number): number {
  const most = Math.floor(largest / rowBytes / 4) * 4;
  if (rows <= most || most === 0) return rows;
  return Math.ceil(rows / Math.ceil(rows / most) / 4) * 4;
}

/** The tensor, or some of its rows. */
function partOfFile(info: TensorInfo, part: readonly [number, number] | undefined): TensorInfo {
  return part === undefined ? info : rowsOfFile(info, ...part);
}

/** Rows [from, to) of a tensor as a tensor of its own. */
export function rowsOfFile(info: TensorInfo, from: number, to: number): TensorInfo {
  const [rows = 1, ...rest] = info.shape;
  if (from === 0 && to >= rows) return info;
  const stride = (info.end - info.begin) / rows;
  return {
    ...info,
    shape: [to - from, ...rest],
    begin: info.begin + from * stride,
    end: info.begin + to * stride,
  };
}

interface Range {
  readonly file: string;
  readonly begin: number;
  end: number;
  readonly planned: Planned[];
}

/** Contiguous stretches of the files that hold all tensors, in order. */
function toRanges(planned: readonly Planned[]): Range[] {
  const sorted = [...planned].sort(
    (a, b) => compare(a.info.file, b.info.file) || a.info.begin - b.info.begin || a.info.end - b.info.end,
  );
  const ranges: Range[] = [];
  for (const entry of sorted) {
    const { file, begin, end } = entry.info;
    const last = ranges.at(-1);
    if (last !== undefined && last.file === file && begin - last.end <= GAP_BYTES) {
      last.end = Math.max(last.end, end);
      last.planned.push(entry);
    } else ranges.push({ file, begin, end, planned: [entry] });
  }
  return ranges;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Writes a tensor's bytes as they arrive, in pieces of any length. */
class TensorWriter {
  readonly #queue: GPUQueue;
  readonly #planned: Planned;
  /** Bytes that go together: a whole value, and what a GPU write asks for. */
  readonly #unit: number;
  #left = new Uint8Array(0);
  #received = 0;
  #at = 0;

  constructor(gpu: Gpu, planned: Planned) {
    this.#queue = gpu.device.queue;
    this.#planned = planned;
    this.#unit = planned.raw ? 4 : (DECODED_BYTES[planned.info.dtype] ?? 4);
  }

  write(piece: Uint8Array): void {
    this.#received += piece.length;
    const { begin, end } = this.#planned.info;
    let bytes = piece;
    if (this.#left.length > 0) {
      bytes = new Uint8Array(this.#left.length + piece.length);
      bytes.set(this.#left);
      bytes.set(piece, this.#left.length);
    }
    const whole = bytes.length - (bytes.length % this.#unit);
    this.#left = bytes.slice(whole);
    this.#put(bytes.subarray(0, whole));
    // An odd number of 16-bit values ends in the middle of 4 bytes.
    if (this.#received === end - begin && this.#left.length > 0) {
      const last = new Uint8Array(this.#unit);
      last.set(this.#left);
      this.#put(last);
    }
  }

  #put(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const { buffer, info, raw } = this.#planned;
    const values = raw ? (bytes as Uint8Array<ArrayBuffer>) : decodeFloats(info.dtype, bytes);
    this.#queue.writeBuffer(buffer, this.#at, values);
    this.#at += values.byteLength;
  }
}
