/** Builds captures, good and bad ones. */
import { zipSync } from 'fflate';
import { fileOf } from './make-safetensors.ts';

export type Shapes = Readonly<Record<string, readonly number[]>>;

export const TOKENS = JSON.stringify([{ id: 5, text: 'the', special: false }, ' whale']);
export const good = { headgate: '1', tokens: TOKENS, text: 'the whale', model: 'some-model' };

/** A safetensors file of tensors with these shapes, all of one type of 4 bytes. */
export function captureOf(
  shapes: Shapes,
  metadata: Readonly<Record<string, string>> = good,
  dtype = 'F32',
): Uint8Array<ArrayBuffer> {
  let position = 0;
  const entries: Record<string, object> = { __metadata__: metadata };
  for (const [name, shape] of Object.entries(shapes)) {
    const bytes = 4 * shape.reduce((product, size) => product * size, 1);
    entries[name] = { dtype, shape, data_offsets: [position, position + bytes] };
    position += bytes;
  }
  return fileOf(JSON.stringify(entries), position);
}

/** An `.npy` array; its elements are zeros, or texts. */
export function npyOf(
  shape: readonly number[],
  descr = '<f4',
  bytes = new Uint8Array(4 * shape.reduce((product, size) => product * size, 1)),
): Uint8Array {
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.map((size) => `${size},`).join('')}), }\n`;
  const head = [0x93, ...Buffer.from('NUMPY'), 1, 0, header.length & 255, header.length >> 8];
  return Uint8Array.from([...head, ...Buffer.from(header), ...bytes]);
}

/** Texts as numpy stores them: four bytes a character. */
export function npyTexts(texts: readonly string[]): Uint8Array {
  const width = Math.max(1, ...texts.map(({ length }) => length));
  const codes = texts.flatMap((text) => [...text.padEnd(width, '\0')].map((one) => one.codePointAt(0) ?? 0));
  return npyOf([texts.length], `<U${width}`, new Uint8Array(Uint32Array.from(codes).buffer));
}

/** An `.npz` of arrays, by their names. */
export function npzOf(arrays: Readonly<Record<string, Uint8Array>>): Uint8Array {
  return zipSync(Object.fromEntries(Object.entries(arrays).map(([name, bytes]) => [`${name}.npy`, bytes])), {
    level: 0,
  });
}
