import { zlibSync } from 'fflate';
import { MASKED, type Raster } from './drawing.ts';
import { alongScale, type FigureTheme } from './theme.ts';

/** A raster in the colours of a theme. @returns [rows, columns, 4] */
export function pixelsOf(raster: Raster, theme: FigureTheme): Uint8ClampedArray {
  if ('rgba' in raster) return raster.rgba;
  const { places, scale } = raster;
  const pixels = new Uint8ClampedArray(places.length * 4);
  const table = theme.scales[scale];
  for (const [i, place] of places.entries()) {
    const [r, g, b] =
      place === MASKED ? theme.masked : Number.isNaN(place) ? theme.invalid : alongScale(table, place);
    pixels.set([Math.round(r * 255), Math.round(g * 255), Math.round(b * 255), 255], i * 4);
  }
  return pixels;
}

/** Each pixel `factor` times wide and high. */
export function enlarged(pixels: Uint8ClampedArray, columns: number, factor: number): Uint8ClampedArray {
  if (factor === 1) return pixels;
  const from = new Uint32Array(pixels.buffer, pixels.byteOffset, pixels.length / 4);
  const rows = from.length / columns;
  const to = new Uint32Array(from.length * factor * factor);
  const width = columns * factor;
  for (let y = 0; y < rows * factor; y++)
    for (let x = 0; x < width; x++)
      to[y * width + x] = from[Math.floor(y / factor) * columns + Math.floor(x / factor)] ?? 0;
  return new Uint8ClampedArray(to.buffer);
}

/** Pixels as a PNG file: 8 bits a channel, with alpha; the same bytes for the same pixels. */
export function encodePng(pixels: Uint8ClampedArray, columns: number): Uint8Array<ArrayBuffer> {
  const rows = pixels.length / 4 / columns;
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, columns);
  view.setUint32(4, rows);
  header.set([8, 6], 8);
  // Each row begins with its filter: none.
  const lines = new Uint8Array(rows * (columns * 4 + 1));
  for (let row = 0; row < rows; row++)
    lines.set(pixels.subarray(row * columns * 4, (row + 1) * columns * 4), row * (columns * 4 + 1) + 1);
  const parts = [
    Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10),
    chunk('IHDR', header),
    chunk('IDAT', zlibSync(lines, { level: 9 })),
    chunk('IEND', new Uint8Array()),
  ];
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function chunk(name: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(name), 4);
  bytes.set(data, 8);
  view.setUint32(data.length + 8, checksum(bytes.subarray(4, data.length + 8)));
  return bytes;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

/** CRC-32 as PNG and zip have it. */
function checksum(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (CRC_TABLE[(crc ^ byte) & 255] ?? 0) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** Bytes in base 64, for `data:` addresses. */
export function base64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 0x8000)
    text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}
