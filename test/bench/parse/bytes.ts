/** Bytes of files, made of a few that are repeated. */

export interface WorstFile {
  /** Of the format that reads it. */
  readonly format: string;
  readonly what: string;
  /** The file to start from. */
  readonly entry: string;
  readonly make: () => Readonly<Record<string, Uint8Array>>;
}

export const latin1 = (text: string) => Uint8Array.from(Buffer.from(text, 'latin1'));
export const MIB = 2 ** 20;

/** Bytes one after another, `count` times the middle. */
export function repeated(count: number, middle: string, before = '', after = ''): Uint8Array {
  return new Uint8Array(
    Buffer.concat([
      Buffer.from(before, 'latin1'),
      Buffer.alloc(count * middle.length, middle, 'latin1'),
      Buffer.from(after, 'latin1'),
    ]),
  );
}

/** Pieces that are told by their number. */
export function numbered(count: number, piece: (k: number) => string, before = '', after = ''): Uint8Array {
  const parts = [before];
  for (let k = 0; k < count; k++) parts.push(piece(k));
  parts.push(after);
  return latin1(parts.join(''));
}

export function withLength(header: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(8 + header.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
  bytes.set(header, 8);
  return bytes;
}

export const u32 = (value: number) =>
  String.fromCharCode(value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24);
export const u64 = (value: number) => u32(value % 2 ** 32) + u32(Math.floor(value / 2 ** 32));

/** An array [rows, 1], or [rows] of another type. */
export function npy(rows: number, descr = '<f4', width = 4): Uint8Array {
  const shape = descr === '<f4' ? `(${rows}, 1)` : `(${rows},)`;
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }\n`;
  const head = latin1(`\x93NUMPY\x01\0${String.fromCharCode(header.length, 0)}${header}`);
  const bytes = new Uint8Array(head.length + width * rows);
  bytes.set(head);
  return bytes;
}

export const joined = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
