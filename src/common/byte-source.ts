/** Random access to the bytes of one file, wherever it is: a disk, a drop, a test's array. */
export interface ByteSource {
  /** Name inside the model's folder; errors quote it. */
  readonly name: string;
  /** Size in bytes. */
  readonly size: number;
  /** Another one whenever the file was written since; left out: that can't be told. */
  readonly version?: string;
  /**
   * Reads bytes [begin, end).
   * @throws FileError `file-changed` when the file is shorter than it was, `unreadable` when it can't be read.
   */
  read(begin: number, end: number): Promise<Uint8Array>;
}

/** @throws RangeError where bytes [begin, end) are not all within a source. */
export function assertWithin(
  { name, size }: Pick<ByteSource, 'name' | 'size'>,
  begin: number,
  end: number,
): void {
  if (!(begin >= 0 && begin <= end && end <= size))
    throw new RangeError(`bytes [${begin}, ${end}) of ${name}, which has ${size}`);
}
