/** Builds GGUF files, good and bad ones, byte by byte. */

/** Bytes that are written as they stand, or a text with its length in front. */
export type Part = Uint8Array | string;

export const u32 = (value: number): Uint8Array => {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
};
export const u64 = (value: number | bigint): Uint8Array => {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value), true);
  return bytes;
};
export const f32 = (value: number): Uint8Array => new Uint8Array(Float32Array.of(value).buffer);
export const raw = (text: string): Uint8Array => new TextEncoder().encode(text);

/** One after another; a text gets its length in front. */
export function join(...parts: readonly Part[]): Uint8Array<ArrayBuffer> {
  const all = parts.flatMap((part) =>
    typeof part === 'string' ? [u64(raw(part).length), raw(part)] : [part],
  );
  const bytes = new Uint8Array(all.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of all) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

export type Entry = string | number | boolean | readonly string[] | Uint8Array;

/** A metadata entry; numbers are u32, bytes are a type and a value. */
export function entry(key: string, value: Entry): Uint8Array {
  if (value instanceof Uint8Array) return join(key, value);
  if (typeof value === 'string') return join(key, u32(8), value);
  if (typeof value === 'boolean') return join(key, u32(7), Uint8Array.of(Number(value)));
  if (typeof value === 'number') return join(key, u32(4), u32(value));
  return join(key, u32(9), u32(8), u64(value.length), ...value);
}

export interface TensorEntry {
  readonly name: string;
  /** ggml's: the row's size first. */
  readonly dimensions: readonly (number | bigint)[];
  readonly type?: number;
  readonly offset?: number;
}

export function tensorEntry({ name, dimensions, type = 0, offset = 0 }: TensorEntry): Uint8Array {
  return join(name, u32(dimensions.length), ...dimensions.map(u64), u32(type), u64(offset));
}

export interface Parts {
  readonly magic?: string;
  readonly version?: number;
  readonly tensorCount?: number | bigint;
  readonly entryCount?: number | bigint;
  readonly entries?: readonly Uint8Array[];
  readonly tensors?: readonly Uint8Array[];
  /** Bytes of the tensors. */
  readonly data?: number;
  /** Where the tensors begin: at a multiple of this. */
  readonly alignment?: number;
}

export function ggufOf(parts: Parts): Uint8Array<ArrayBuffer> {
  const { magic = 'GGUF', version = 3, entries = [], tensors = [], data = 0, alignment = 32 } = parts;
  const head = join(
    raw(magic),
    u32(version),
    u64(parts.tensorCount ?? tensors.length),
    u64(parts.entryCount ?? entries.length),
    ...entries,
    ...tensors,
  );
  const start = Math.ceil(head.length / alignment) * alignment;
  const bytes = new Uint8Array(data === 0 ? head.length : start + data);
  bytes.set(head);
  for (let i = 0; i < data; i++) bytes[start + i] = i % 251;
  return bytes;
}
