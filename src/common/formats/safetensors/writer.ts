import { HeadgateError, quote } from '../../error.ts';
import { bytesOf, type ElementType } from '../../dtype.ts';
import { MAX_HEADER } from './file.ts';

/** Where a tensor's bytes go. */
export interface PlacedTensor {
  readonly name: string;
  /** Bytes [begin, end) of the file. */
  readonly begin: number;
  readonly end: number;
}

export interface SafetensorsPlan {
  /** The first bytes of the file; the tensors follow without a gap, in the order given. */
  readonly header: Uint8Array<ArrayBuffer>;
  readonly tensors: readonly PlacedTensor[];
  /** Bytes of the whole file. */
  readonly size: number;
}

/**
 * Lays out a safetensors file before its tensors are known, so that they can be streamed into place.
 * @throws HeadgateError `bad-capture` when a name is taken twice or reserved, or when the sizes overflow.
 */
export function planSafetensors(
  metadata: Readonly<Record<string, string>>,
  tensors: readonly {
    readonly name: string;
    readonly dtype: ElementType;
    readonly shape: readonly number[];
  }[],
): SafetensorsPlan {
  const bad = (what: string) => new HeadgateError('bad-capture', what, 'Capture fewer or smaller tensors.');
  const entries = new Map<string, unknown>([['__metadata__', metadata]]);
  const placed: PlacedTensor[] = [];
  let position = 0;
  for (const { name, dtype, shape } of tensors) {
    if (entries.has(name)) throw bad(`The tensor ${quote(name)} can't be written twice.`);
    const begin = position;
    position += shape.reduce((product, size) => product * size, bytesOf(dtype));
    if (!Number.isSafeInteger(position)) throw bad(`The tensor ${quote(name)} is too large to be written.`);
    entries.set(name, { dtype, shape, data_offsets: [begin, position] });
    placed.push({ name, begin, end: position });
  }
  const header = encodeHeader(entries);
  if (header.length > MAX_HEADER) throw bad(`The header would take ${header.length} bytes.`);
  return {
    header,
    tensors: placed.map(({ name, begin, end }) => ({
      name,
      begin: begin + header.length,
      end: end + header.length,
    })),
    size: position + header.length,
  };
}

/** Length and JSON, padded with spaces so that the tensors begin at a multiple of 8 bytes. */
function encodeHeader(entries: ReadonlyMap<string, unknown>): Uint8Array<ArrayBuffer> {
  // Built by hand: an object would lose or reorder names such as `__proto__` and `0`.
  const members = [...entries].map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
  const json = new TextEncoder().encode(`{${members.join(',')}}`);
  const length = Math.ceil(json.length / 8) * 8;
  const header = new Uint8Array(8 + length).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(length), true);
  header.set(json, 8);
  return header;
}
