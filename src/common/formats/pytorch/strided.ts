import { assertWithin, type ByteSource } from '../../byte-source.ts';

/** Bytes of a storage that are held at a time. */
const PIECE = 8 * 2 ** 20;
/** Elements that are put in order at a time. */
const AT_ONCE = 2 ** 20;

export interface Strides {
  /** Bytes of an element. */
  readonly width: number;
  /** Of the first element, in elements of the storage. */
  readonly offset: number;
  readonly shape: readonly number[];
  readonly stride: readonly number[];
}

export const elementsOf = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

/** True when the elements lie one after another, row by row. */
export function isContiguous({ shape, stride }: Pick<Strides, 'shape' | 'stride'>): boolean {
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis] ?? 1;
    if (size === 0) return true;
    if (size > 1 && stride[axis] !== step) return false;
    step *= size;
  }
  return true;
}

/** The element behind the last one that a tensor reaches in its storage. */
export function reach({ offset, shape, stride }: Omit<Strides, 'width'>): number {
  if (shape.includes(0)) return offset;
  return shape.reduce((last, size, axis) => last + (size - 1) * (stride[axis] ?? 0), offset) + 1;
}

/** A tensor's elements in row-major order, gathered from a storage when they are read. */
export function stridedSource(storage: ByteSource, tensor: Strides, name: string): ByteSource {
  const { width } = tensor;
  const size = elementsOf(tensor.shape) * width;
  return {
    name,
    size,
    async read(begin, end) {
      assertWithin({ name, size }, begin, end);
      const [first, last] = [Math.floor(begin / width), Math.ceil(end / width)];
      const bytes = new Uint8Array((last - first) * width);
      for (let at = first; at < last; at += AT_ONCE) {
        const count = Math.min(AT_ONCE, last - at);
        const places = placesOf(tensor, at, count);
        await gather(
          storage,
          places,
          width,
          bytes.subarray((at - first) * width, (at - first + count) * width),
        );
      }
      return bytes.subarray(begin - first * width, end - first * width);
    },
  };
}

/** Where elements [first, first + count) of the row-major order lie in the storage. */
function placesOf({ shape, stride, offset }: Strides, first: number, count: number): Float64Array {
  const index = shape.map(() => 0);
  let rest = first;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis] ?? 1;
    index[axis] = rest % size;
    rest = Math.floor(rest / size);
  }
  let place = index.reduce((sum, value, axis) => sum + value * (stride[axis] ?? 0), offset);
  const places = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    places[i] = place;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const next = (index[axis] ?? 0) + 1;
      place += stride[axis] ?? 0;
      index[axis] = next;
      if (next < (shape[axis] ?? 1)) break;
      place -= next * (stride[axis] ?? 0);
      index[axis] = 0;
    }
  }
  return places;
}

async function gather(
  storage: ByteSource,
  places: Float64Array,
  width: number,
  into: Uint8Array,
): Promise<void> {
  let [low, high] = [Infinity, 0];
  for (const place of places) {
    if (place < low) low = place;
    if (place > high) high = place;
  }
  const step = Math.floor(PIECE / width);
  for (let begin = low; begin <= high; begin += step) {
    const end = Math.min(begin + step, high + 1);
    const piece = await storage.read(begin * width, end * width);
    for (let i = 0; i < places.length; i++) {
      const from = ((places[i] ?? 0) - begin) * width;
      if (from < 0 || from >= piece.length) continue;
      for (let byte = 0; byte < width; byte++) into[i * width + byte] = piece[from + byte] ?? 0;
    }
  }
}
