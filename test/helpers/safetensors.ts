/** A plain reader of small, trusted safetensors files (fixtures and captures) for tests. */
interface StoredTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Values as numbers, whatever the stored type. */
  readonly data: Float32Array;
}

export interface StoredFile {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

interface HeaderEntry {
  readonly dtype: string;
  readonly shape: number[];
  readonly data_offsets: [number, number];
}

/** Reads a whole file; the types that fixtures use are known, others throw. */
export function readSafetensors(bytes: Uint8Array): StoredFile {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = Number(view.getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))) as Record<
    string,
    unknown
  >;
  const tensors = new Map<string, StoredTensor>();
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const { dtype, shape, data_offsets: offsets } = entry as HeaderEntry;
    // A copy of its own: a Buffer's `slice` shares memory, also with what is before and after it.
    const raw = new Uint8Array(bytes.subarray(8 + length + offsets[0], 8 + length + offsets[1]));
    tensors.set(name, { dtype, shape, data: decode(dtype, raw) });
  }
  return { metadata: (header['__metadata__'] ?? {}) as Record<string, string>, tensors };
}

function decode(dtype: string, raw: Uint8Array): Float32Array {
  switch (dtype) {
    case 'F32':
      return new Float32Array(raw.buffer);
    case 'F16':
      return Float32Array.from(new Uint16Array(raw.buffer), halfToNumber);
    case 'BF16': {
      const words = Uint32Array.from(new Uint16Array(raw.buffer), (half) => half << 16);
      return new Float32Array(words.buffer);
    }
    case 'I32':
      return Float32Array.from(new Int32Array(raw.buffer));
    case 'I64':
      return Float32Array.from(new BigInt64Array(raw.buffer), Number);
    default:
      throw new Error(`This reader knows no ${dtype}`);
  }
}

function halfToNumber(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Largest |a − b| and largest |b|: what the parity bounds are made of. */
export function difference(
  a: Float32Array,
  b: Float32Array,
): { readonly largest: number; readonly scale: number } {
  if (a.length !== b.length) throw new Error(`${a.length} values against ${b.length}`);
  let largest = 0;
  let scale = 0;
  for (let i = 0; i < a.length; i++) {
    const gap = Math.abs((a[i] as number) - (b[i] as number));
    // A NaN on either side is the largest difference there is.
    largest = Number.isNaN(gap) ? Infinity : Math.max(largest, gap);
    scale = Math.max(scale, Math.abs(b[i] as number));
  }
  return { largest, scale };
}
