import { Zip, ZipDeflate } from 'fflate';
import { breath } from './breath.ts';
import type { TableArray } from './table.ts';

/** Bytes that are packed at a time. */
const PIECE = 1 << 20;

/**
 * Arrays as an `.npz` file, as `numpy.load` reads it without pickles: `<f4`, `<i4` and `<U` in C order. The same bytes for
 * the same arrays. Goes in pieces, so that the window stays alive.
 * @throws RangeError when the values are not as many as the shape says; the signal's reason
 */
export async function npzOf(arrays: readonly TableArray[], signal?: AbortSignal): Promise<Blob> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const zip = new Zip((error, data) => {
    if (error !== null) throw error;
    parts.push(new Uint8Array(data));
  });
  for (const array of arrays) {
    const file = new ZipDeflate(`${array.name}.npy`, { level: 6 });
    // The same bytes on every day.
    file.mtime = '1980-01-01T12:00:00';
    zip.add(file);
    const bytes = npyOf(array);
    for (let at = 0; at < bytes.length; at += PIECE) {
      await breath(signal);
      file.push(bytes.subarray(at, at + PIECE), at + PIECE >= bytes.length);
    }
  }
  zip.end();
  return new Blob(parts, { type: 'application/zip' });
}

/** One array as an `.npy` file, version 1.0. */
export function npyOf({ name, shape, values }: TableArray): Uint8Array {
  const count = shape.reduce((product, side) => product * side, 1);
  if (count !== values.length)
    throw new RangeError(
      `Array ${name} has ${values.length} values, its shape ${shape.join(' × ')} has ${count}.`,
    );
  const { type, bytes } = contentOf(values);
  const sides = shape.length === 1 ? `${shape[0] ?? 0},` : shape.join(', ');
  const header = `{'descr': '${type}', 'fortran_order': False, 'shape': (${sides}), }`;
  // What stands before the values is a multiple of 64 bytes and ends with a line end.
  const start = Math.ceil((10 + header.length + 1) / 64) * 64;
  const file = new Uint8Array(start + bytes.length);
  file.set([0x93, ...new TextEncoder().encode('NUMPY'), 1, 0]);
  new DataView(file.buffer).setUint16(8, start - 10, true);
  file.set(new TextEncoder().encode(`${header.padEnd(start - 11)}\n`), 10);
  file.set(bytes, start);
  return file;
}

/** Little-endian, as every machine that runs this is. */
function contentOf(values: TableArray['values']): { readonly type: string; readonly bytes: Uint8Array } {
  if (values instanceof Float32Array || values instanceof Int32Array)
    return {
      type: values instanceof Float32Array ? '<f4' : '<i4',
      bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
    };
  const texts = values.map((text) => [...text].map((character) => character.codePointAt(0) ?? 0));
  const length = texts.reduce((most, text) => Math.max(most, text.length), 1);
  const units = new Uint32Array(texts.length * length);
  for (const [i, text] of texts.entries()) units.set(text, i * length);
  return { type: `<U${length}`, bytes: new Uint8Array(units.buffer) };
}
