/** Builds safetensors files, good and bad ones, byte by byte. */
import type { ByteSource } from '../../../src/common/byte-source.ts';
import { HeadgateError } from '../../../src/common/error.ts';

/** A source over an array that counts what is read. */
export function arraySource(
  bytes: Uint8Array,
  name = 'model.safetensors',
): ByteSource & { bytesRead: number } {
  return {
    name,
    size: bytes.length,
    bytesRead: 0,
    read(begin, end) {
      if (!(begin >= 0 && begin <= end && end <= bytes.length))
        return Promise.reject(new RangeError(`read [${begin}, ${end}) of ${bytes.length}`));
      this.bytesRead += end - begin;
      return Promise.resolve(bytes.slice(begin, end));
    },
  };
}

/** A file with this text (or these bytes) as its header, and `data` bytes after it. */
export function fileOf(
  header: string | Uint8Array,
  data = 0,
  length: bigint | null = null,
): Uint8Array<ArrayBuffer> {
  const json = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const bytes = new Uint8Array(8 + json.length + data);
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(json.length), true);
  bytes.set(json, 8);
  for (let i = 0; i < data; i++) bytes[8 + json.length + i] = i % 251;
  return bytes;
}

export interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/** F32 tensors of the given shapes, one after another; their values count up. */
export function safetensorsOf(shapes: Readonly<Record<string, readonly number[]>>): Uint8Array<ArrayBuffer> {
  let position = 0;
  const entries: Record<string, Entry> = {};
  for (const [name, shape] of Object.entries(shapes)) {
    const bytes = 4 * shape.reduce((product, size) => product * size, 1);
    entries[name] = { dtype: 'F32', shape, data_offsets: [position, position + bytes] };
    position += bytes;
  }
  return fileOf(JSON.stringify(entries), position);
}

/** What a promise is rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('The promise was expected to be rejected.');
}

/** An error's code, and its two sentences as users see them. */
export function told(error: unknown): readonly [code: string, says: string] {
  if (!(error instanceof HeadgateError)) throw error;
  return [error.code, `${error.message} ${error.hint}`];
}
