import type { ByteSource } from '../../common/byte-source.ts';

/** A part of a file: bytes [begin, end). */
export interface Range {
  readonly begin: number;
  readonly end: number;
}

/** Thrown by a read of bytes that are not there yet; `needed` of the source says which. */
export class NeedBytes extends Error {
  constructor(file: string) {
    super(`more bytes of ${file} are needed`);
    this.name = 'NeedBytes';
  }
}

/** Reading ahead spares most headers a second question. */
const READ_AHEAD = 64 * 1024;

/** A file of which only some parts are here. A read of other parts fails and notes what it needs. */
export class SparseSource implements ByteSource {
  /** Sorted, not overlapping. */
  private parts: { begin: number; bytes: Uint8Array }[] = [];
  private missing: Range[] = [];

  constructor(
    readonly name: string,
    readonly size: number,
  ) {}

  /** What reads have missed and `fill` has not yet brought. */
  get needed(): readonly Range[] {
    return this.missing;
  }

  read(begin: number, end: number): Promise<Uint8Array> {
    if (!(begin >= 0 && begin <= end && end <= this.size))
      return Promise.reject(
        new RangeError(`bytes [${begin}, ${end}) of ${this.name}, which has ${this.size}`),
      );
    const gaps = this.gaps(begin, end);
    if (gaps.length > 0) {
      this.missing = gaps;
      return Promise.reject(new NeedBytes(this.name));
    }
    const bytes = new Uint8Array(end - begin);
    for (const part of this.parts) {
      const from = Math.max(begin, part.begin);
      const to = Math.min(end, part.begin + part.bytes.length);
      if (from < to) bytes.set(part.bytes.subarray(from - part.begin, to - part.begin), from - begin);
    }
    return Promise.resolve(bytes);
  }

  /** Brings a part of what is needed. False when these bytes are not awaited. */
  fill(begin: number, bytes: Uint8Array): boolean {
    const end = begin + bytes.length;
    const awaited = this.missing.find((range) => range.begin <= begin && end <= range.end && begin < end);
    if (awaited === undefined) return false;
    this.parts = [...this.parts, { begin, bytes }].sort((a, b) => a.begin - b.begin);
    const rest = [
      { begin: awaited.begin, end: begin },
      { begin: end, end: awaited.end },
    ];
    this.missing = this.missing
      .flatMap((range) => (range === awaited ? rest : [range]))
      .filter((range) => range.begin < range.end);
    return true;
  }

  /** The parts of [begin, end) that are not here, the last one with what is read ahead. */
  private gaps(begin: number, end: number): Range[] {
    const gaps: Range[] = [];
    let position = begin;
    for (const part of this.parts) {
      if (part.begin >= end || position >= end) break;
      if (part.begin > position) gaps.push({ begin: position, end: part.begin });
      position = Math.max(position, part.begin + part.bytes.length);
    }
    // Nothing is here beyond the last part, so reading ahead never brings a byte twice.
    if (position < end) gaps.push({ begin: position, end: this.aheadOf(position, end) });
    return gaps;
  }

  private aheadOf(begin: number, end: number): number {
    const next = this.parts.find((part) => part.begin >= end)?.begin ?? this.size;
    return Math.min(next, Math.max(end, begin + READ_AHEAD));
  }
}
