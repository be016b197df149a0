import { unzlibSync } from 'fflate/browser';
import { assertWithin, type ByteSource } from '../../byte-source.ts';
import { INCOMPLETE, NOWHERE, REWRITE, Reader, type Hdf5Bytes } from './bytes.ts';
import { leavesOf, MOST_LEAVES } from './links.ts';

export interface Chunked {
  readonly bytes: Hdf5Bytes;
  readonly what: string;
  readonly name: string;
  /** Bytes of all elements. */
  readonly size: number;
  readonly shape: readonly number[];
  /** Bytes of an element. */
  readonly width: number;
  /** In the order in which they were applied. */
  readonly filters: readonly number[];
}

interface Chunk {
  /** Index of its first element. */
  readonly offset: readonly number[];
  readonly begin: number;
  readonly packed: number;
  /** Bit k: filter k was not applied. */
  readonly skipped: number;
}

const FILTERS: Readonly<Record<number, string>> = {
  4: 'szip',
  5: 'nbit',
  6: 'scaleoffset',
  307: 'bzip2',
  32000: 'LZF',
  32001: 'Blosc',
  32004: 'LZ4',
  32015: 'Zstandard',
};
const DEFLATE = 1;
const SHUFFLE = 2;
const CHECKSUM = 3;
/** Bytes of the largest chunk. */
const MAX_CHUNK = 32 * 2 ** 20;

/** Numbers of the filters. @throws HeadgateError `hdf5-filter` */
export function readFilters(body: Reader | null, what: string): number[] {
  if (body === null) return [];
  const version = body.uint(1);
  const count = body.uint(1);
  if (version !== 1 && version !== 2)
    throw body.fail('filter', `${what} has filters of version ${version}; 1 and 2 can be read`);
  if (version === 1) body.skip(6);
  return Array.from({ length: count }, () => {
    const id = body.uint(2);
    const length = version === 1 || id >= 256 ? body.uint(2) : 0;
    body.skip(2);
    const values = body.uint(2);
    body.skip(version === 1 ? Math.ceil(length / 8) * 8 : length);
    body.skip(4 * (version === 1 ? values + (values % 2) : values));
    if (![DEFLATE, SHUFFLE, CHECKSUM].includes(id))
      throw body.fail(
        'filter',
        `${what} is packed with ${FILTERS[id] ?? `the filter ${id}`}; deflate and shuffle can be read`,
        'Save the model again without that filter.',
      );
    return id;
  });
}

/** A dataset in chunks, put in order as it is read. @throws HeadgateError `hdf5-chunk…` */
export async function chunkedSource(dataset: Chunked, layout: Reader, version: number): Promise<ByteSource> {
  const { bytes, what, shape, width } = dataset;
  if (version === 4)
    throw bytes.fail('chunk-index', `${what} has its chunks in an index of libver="latest"`, REWRITE);
  const rank = layout.uint(1) - 1;
  const root = layout.address();
  const chunkShape = Array.from({ length: Math.max(rank, 0) }, () => layout.uint(4));
  const element = layout.uint(4);
  const elements = chunkShape.reduce((product, size) => product * size, 1);
  if (rank !== shape.length || element !== width || elements === 0)
    throw bytes.fail('chunk-shape', `${what} has chunks of another form than its elements`);
  if (elements * width > MAX_CHUNK)
    throw bytes.fail(
      'chunk-size',
      `${what} has chunks of ${elements * width} bytes; the limit is ${MAX_CHUNK}`,
    );
  const expected = shape.reduce(
    (product, size, axis) => product * Math.ceil(size / (chunkShape[axis] ?? 1)),
    1,
  );
  if (expected > MOST_LEAVES)
    throw bytes.fail('chunk-count', `${what} has ${expected} chunks; the limit is ${MOST_LEAVES}`);
  const chunks = root === NOWHERE ? [] : await readIndex(dataset, root, chunkShape);
  if (chunks.length !== expected)
    throw bytes.fail(
      'chunk-count',
      `${what} has ${chunks.length} of its ${expected} chunks in the file`,
      INCOMPLETE,
    );
  return new ChunkedSource(dataset, chunkShape, chunks);
}

async function readIndex(
  { bytes, what, shape, filters, width }: Chunked,
  root: number,
  chunkShape: readonly number[],
): Promise<Chunk[]> {
  const whole = chunkShape.reduce((product, size) => product * size, width);
  const leaves = await leavesOf(
    bytes,
    root,
    { type: 1, key: 8 + 8 * (shape.length + 1) },
    `the index of ${what}`,
  );
  const seen = new Set<string>();
  return leaves.map(({ key, child: begin }) => {
    const reader = new Reader(key, `the index of ${what}`, bytes.fail);
    const packed = reader.uint(4);
    const skipped = reader.uint(4);
    const offset = shape.map(() => reader.uint(8));
    const isPlace = offset.every((at, axis) => at < (shape[axis] ?? 0) && at % (chunkShape[axis] ?? 1) === 0);
    if (!isPlace || seen.has(offset.join()))
      throw bytes.fail('chunk-place', `${what} has a chunk at [${offset.join(', ')}], where none belongs`);
    seen.add(offset.join());
    if (begin === NOWHERE || begin + packed > bytes.size)
      throw bytes.fail('truncated', `${what} has a chunk behind the end of the file`, INCOMPLETE);
    if (filters.length === 0 && packed !== whole)
      throw bytes.fail('chunk-size', `${what} has a chunk of ${packed} bytes; it takes ${whole}`);
    if (packed > MAX_CHUNK)
      throw bytes.fail('chunk-size', `${what} has a chunk of ${packed} bytes; the limit is ${MAX_CHUNK}`);
    return { offset, begin, packed, skipped };
  });
}

class ChunkedSource implements ByteSource {
  readonly name: string;
  readonly size: number;
  /** The chunk that was unpacked last: reads go from front to back. */
  #last: { readonly chunk: Chunk; readonly data: Promise<Uint8Array> } | null = null;

  constructor(
    private readonly dataset: Chunked,
    private readonly chunkShape: readonly number[],
    private readonly chunks: readonly Chunk[],
  ) {
    this.name = dataset.name;
    this.size = dataset.size;
  }

  async read(begin: number, end: number): Promise<Uint8Array> {
    assertWithin(this, begin, end);
    const bytes = new Uint8Array(end - begin);
    for (const chunk of this.chunks) {
      const runs = [...this.#runs(chunk)].filter(({ to, length }) => to < end && to + length > begin);
      if (runs.length === 0) continue;
      if (this.#last?.chunk !== chunk) this.#last = { chunk, data: this.#unpack(chunk) };
      const data = await this.#last.data;
      for (const { from, to, length } of runs) {
        const cut = Math.max(0, begin - to);
        bytes.set(data.subarray(from + cut, from + Math.min(length, end - to)), to + cut - begin);
      }
    }
    return bytes;
  }

  /** The rows of a chunk: bytes of it, and where they belong in the dataset. */
  *#runs({
    offset,
  }: Chunk): Generator<{ readonly from: number; readonly to: number; readonly length: number }> {
    const { shape, width } = this.dataset;
    const axes = shape.length;
    const own = shape.map((size, axis) => Math.min(this.chunkShape[axis] ?? 1, size - (offset[axis] ?? 0)));
    const rows = own.slice(0, -1).reduce((product, size) => product * size, 1);
    const index = own.map(() => 0);
    for (let row = 0; row < rows; row++) {
      let [from, to] = [0, 0];
      for (let axis = 0; axis < axes; axis++) {
        from = from * (this.chunkShape[axis] ?? 1) + (index[axis] ?? 0);
        to = to * (shape[axis] ?? 1) + (index[axis] ?? 0) + (offset[axis] ?? 0);
      }
      yield { from: from * width, to: to * width, length: (own.at(-1) ?? 1) * width };
      for (let axis = axes - 2; axis >= 0; axis--) {
        index[axis] = (index[axis] ?? 0) + 1;
        if ((index[axis] ?? 0) < (own[axis] ?? 1)) break;
        index[axis] = 0;
      }
    }
  }

  async #unpack({ begin, packed, skipped }: Chunk): Promise<Uint8Array> {
    const { bytes, what, width, filters } = this.dataset;
    const whole = this.chunkShape.reduce((product, size) => product * size, width);
    let data = await bytes.read(begin, begin + packed);
    for (const [k, filter] of [...filters.entries()].reverse()) {
      if ((skipped >> k) & 1) continue;
      if (filter === CHECKSUM) data = data.subarray(0, Math.max(0, data.length - 4));
      else if (filter === SHUFFLE) data = unshuffled(data, width);
      else
        try {
          data = unzlibSync(data, { out: new Uint8Array(whole + 4) });
        } catch {
          throw bytes.fail('deflate', `${what} has a chunk that is not valid deflate data`);
        }
    }
    if (data.length !== whole)
      throw bytes.fail('deflate', `${what} has a chunk of ${data.length} bytes; it takes ${whole}`);
    return data;
  }
}

/** First bytes of all elements, then second bytes …, back to elements. */
function unshuffled(data: Uint8Array, width: number): Uint8Array {
  const count = Math.floor(data.length / width);
  const result = new Uint8Array(data.length);
  for (let byte = 0; byte < width; byte++)
    for (let i = 0; i < count; i++) result[i * width + byte] = data[byte * count + i] ?? 0;
  result.set(data.subarray(count * width), count * width);
  return result;
}
