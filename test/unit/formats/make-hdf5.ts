/** Tiny HDF5 files, well-formed or not: a first block of version 2 and objects with headers of version 2. */

/** A message: its type, its bytes, and its flags. */
export type RawMessage = readonly [type: number, body: readonly number[], flags?: number];

export const u16 = (value: number) => [value & 255, (value >> 8) & 255];
export const u32 = (value: number) => [...u16(value & 0xffff), ...u16(Math.floor(value / 65536))];
export const u64 = (value: number) => [...u32(value % 2 ** 32), ...u32(Math.floor(value / 2 ** 32))];
export const latin1 = (text: string) => [...text].map((character) => character.charCodeAt(0));
export const NOWHERE = new Array<number>(8).fill(255);

/** Where the header of the first dataset lies: behind the first block. */
const FIRST = 48;

export const dataspace = (...shape: number[]): RawMessage => [
  1,
  [2, shape.length, 0, 1, ...shape.flatMap(u64)],
];
export const float32: RawMessage = [
  3,
  [0x11, 0x20, 31, 0, ...u32(4), 0, 0, 32, 0, 23, 8, 0, 23, ...u32(127)],
];
export const compact = (bytes: number): RawMessage => [
  8,
  [3, 0, ...u16(bytes), ...new Array<number>(bytes).fill(0)],
];
export const contiguous = (at: readonly number[], size: number): RawMessage => [
  8,
  [3, 1, ...at, ...u64(size)],
];
export const chunked = (root: readonly number[], ...shape: number[]): RawMessage => [
  8,
  [3, 2, shape.length, ...root, ...shape.flatMap(u32)],
];
export const good: readonly RawMessage[] = [dataspace(2), float32, compact(8)];

/** A link by name; `body` is what follows the name. */
export const link = (name: string, kind: number, body: readonly number[]): RawMessage => [
  6,
  [1, 8, kind, name.length, ...latin1(name), ...body],
];

export function header(messages: readonly RawMessage[], version = 2): number[] {
  const body = messages.flatMap(([type, bytes, flags = 0]) => [type, ...u16(bytes.length), flags, ...bytes]);
  return [...latin1('OHDR'), version, 2, ...u32(body.length), ...body, 0, 0, 0, 0];
}

interface Parts {
  readonly version?: number;
  readonly widths?: readonly number[];
  readonly base?: number;
  readonly end?: number;
  readonly root?: readonly number[];
}

/** @param dataset the header of “w”; @param more messages of the root group; @param behind bytes at the end of the file */
export function hdf5(
  dataset: readonly RawMessage[],
  more: readonly RawMessage[] = [],
  behind: (at: number) => readonly number[] = () => [],
  { version = 2, widths = [8, 8], base = 0, end, root }: Parts = {},
): Uint8Array {
  const held = header(dataset);
  const at = FIRST + held.length;
  const group = header([link('w', 0, u64(FIRST)), ...more]);
  const body = [...held, ...group];
  const rest = behind(FIRST + body.length);
  const size = Math.max(FIRST + body.length + rest.length, 96);
  const first = [
    ...latin1('\x89HDF\r\n\x1a\n'),
    version,
    ...widths,
    0,
    ...u64(base),
    ...NOWHERE,
    ...u64(end ?? size),
    ...(root ?? u64(at)),
    0,
    0,
    0,
    0,
  ];
  const bytes = new Uint8Array(size);
  bytes.set([...first, ...body, ...rest]);
  return bytes;
}

/** Where what is `behind` begins, for a dataset with such a header. */
export function behindOf(dataset: readonly RawMessage[], more: readonly RawMessage[] = []): number {
  return FIRST + header(dataset).length + header([link('w', 0, u64(FIRST)), ...more]).length;
}
