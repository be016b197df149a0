import { Inflate } from 'fflate/browser';
import { assertWithin, type ByteSource } from '../../byte-source.ts';
import { HeadgateError, quote } from '../../error.ts';
import type { ZipMember } from './archive.ts';

/** Packed bytes that are read at a time, at first and later. */
const [FIRST, PIECE] = [1024, 16 * 1024];
/** Those that are unpacked at a time; what comes of them is at most 1032 times as much. */
const STEP = 2048;

/** The bytes of a member, unpacked as they are read. @param name what errors call it */
export function memberSource(archive: ByteSource, member: ZipMember, name: string): ByteSource {
  if (member.isDeflated) return new InflateSource(archive, member, name);
  return {
    name,
    size: member.size,
    read: (begin, end) => archive.read(member.begin + begin, member.begin + end),
  };
}

/** Unpacks in pieces from front to back; a read further back begins again from the front. */
class InflateSource implements ByteSource {
  readonly size: number;
  /** Reads wait for each other: they share one place in the stream. */
  private turn: Promise<unknown> = Promise.resolve();
  private inflate: Inflate | null = null;
  /** The next packed byte. */
  private at = 0;
  /** Packed bytes that were read, from `at` on. */
  private packed = new Uint8Array();
  /** Unpacked pieces that lie one after another; the first begins at `start`. */
  private pieces: Uint8Array[] = [];
  private start = 0;
  private stop = 0;

  constructor(
    private readonly archive: ByteSource,
    private readonly member: ZipMember,
    readonly name: string,
  ) {
    this.size = member.size;
  }

  read(begin: number, end: number): Promise<Uint8Array> {
    const result = this.turn.then(() => this.take(begin, end));
    this.turn = result.catch(() => undefined);
    return result;
  }

  private async take(begin: number, end: number): Promise<Uint8Array> {
    assertWithin(this, begin, end);
    if (this.inflate === null || begin < this.start) this.rewind();
    const bytes = new Uint8Array(end - begin);
    let done = 0;
    for (;;) {
      done += this.copy(bytes, begin, done);
      if (done === bytes.length) return bytes;
      await this.more();
    }
  }

  private rewind(): void {
    this.inflate = new Inflate((piece) => {
      this.pieces.push(piece);
      this.stop += piece.length;
    });
    [this.at, this.start, this.stop, this.pieces] = [0, 0, 0, []];
    this.packed = new Uint8Array();
  }

  /** Copies what is unpacked of [begin + done, …) and lets go of what lies before it. */
  private copy(bytes: Uint8Array, begin: number, done: number): number {
    let copied = 0;
    while (this.pieces.length > 0) {
      const [piece = new Uint8Array()] = this.pieces;
      const from = begin + done + copied - this.start;
      if (from < piece.length) {
        const part = piece.subarray(from, from + bytes.length - done - copied);
        bytes.set(part, done + copied);
        copied += part.length;
        if (done + copied === bytes.length) return copied;
      }
      this.start += piece.length;
      this.pieces.shift();
    }
    return copied;
  }

  private async more(): Promise<void> {
    const { begin, end } = this.member;
    if (this.at === end - begin) throw this.bad('ends before its size');
    if (this.packed.length === 0) {
      // Of many members only the beginning is wanted.
      const next = Math.min(this.at + Math.min(PIECE, FIRST + this.at), end - begin);
      this.packed = Uint8Array.from(await this.archive.read(begin + this.at, begin + next));
    }
    const step = this.packed.subarray(0, STEP);
    this.packed = this.packed.subarray(step.length);
    this.at += step.length;
    try {
      this.inflate?.push(step, this.at === end - begin);
    } catch {
      this.inflate = null;
      throw this.bad('is not valid deflate data');
    }
    if (this.stop > this.size) {
      this.inflate = null;
      throw this.bad(`unpacks to more than its size of ${this.size} bytes`);
    }
  }

  private bad(what: string): HeadgateError {
    return new HeadgateError(
      'zip-deflate',
      `${quote(this.archive.name)}: the member ${quote(this.member.name)} ${what}.`,
      'The file is damaged or was written wrongly: save or download it again.',
    );
  }
}
