import { HeadgateError, quote } from '../../error.ts';

/** Characters of the longest line and digits of the longest number. */
const MOST_LINE = 65_536;
const MOST_DIGITS = 4096;

/** Reads the parts of a pickle's instructions; each reading is held against the bytes that there are. */
export class Cursor {
  private readonly view: DataView;

  constructor(
    private readonly file: string,
    private readonly data: Uint8Array,
    /** The next byte. */
    public at: number,
  ) {
    this.view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  }

  bad(
    rule: string,
    what: string,
    hint = 'The file is damaged or was written wrongly: save or download it again.',
  ): HeadgateError {
    return new HeadgateError(
      `pickle-${rule}`,
      `${quote(this.file)}: its pickle ${what} (at byte ${this.at}).`,
      hint,
    );
  }

  private truncated(): HeadgateError {
    return this.bad('truncated', 'ends too early', 'The file is not complete: copy or download it again.');
  }

  /** Steps over bytes. @returns where they begin */
  skip(count: number): number {
    if (count > this.data.length - this.at) throw this.truncated();
    this.at += count;
    return this.at - count;
  }

  byte(): number {
    return this.view.getUint8(this.skip(1));
  }

  uint(size: 2 | 4): number {
    const at = this.skip(size);
    return size === 2 ? this.view.getUint16(at, true) : this.view.getUint32(at, true);
  }

  int(size: 4): number {
    return this.view.getInt32(this.skip(size), true);
  }

  /** Eight bytes of a size; more than the file has is refused by `skip`. */
  size8(): number {
    return Number(this.view.getBigUint64(this.skip(8), true));
  }

  float(): number {
    return this.view.getFloat64(this.skip(8), false);
  }

  bytes(count: number): Uint8Array {
    const at = this.skip(count);
    return this.data.subarray(at, at + count);
  }

  text(count: number): string {
    const bytes = this.bytes(count);
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw this.bad('text', 'has text that is not UTF-8');
    }
  }

  latin1(count: number): string {
    return new TextDecoder('latin1').decode(this.bytes(count));
  }

  /** A whole number of `count` bytes, two's complement; bigint where a number would not be exact. */
  long(count: number): number | bigint {
    if (count > MOST_DIGITS) throw this.bad('number', `has a number of ${count} bytes`);
    const bytes = this.bytes(count);
    let value = 0n;
    for (let i = count - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] ?? 0);
    return small(BigInt.asIntN(8 * count, value));
  }

  line(): string {
    const end = this.data.indexOf(0x0a, this.at);
    if (end === -1) throw this.truncated();
    if (end - this.at > MOST_LINE) throw this.bad('text', `has a line of ${end - this.at} bytes`);
    const text = this.text(end - this.at);
    this.at++;
    return text;
  }

  lineNumber(): number {
    const line = this.line();
    if (!/^\d{1,9}$/.test(line)) throw this.bad('number', `has ${quote(line)} for a number`);
    return Number(line);
  }

  textInteger(): number | bigint {
    const line = this.line().replace(/L$/, '');
    if (!/^[-+]?\d+$/.test(line) || line.length > MOST_DIGITS)
      throw this.bad('number', `has ${quote(line)} for a number`);
    return small(BigInt(line.replace(/^\+/, '')));
  }

  textBoolean(): number | bigint | boolean {
    const start = this.at;
    const line = this.line();
    if (line === '01') return true;
    if (line === '00') return false;
    this.at = start;
    return this.textInteger();
  }

  textFloat(): number {
    const line = this.line();
    const words = { nan: Number.NaN, inf: Infinity, '-inf': -Infinity }[line];
    if (words !== undefined) return words;
    if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(line))
      throw this.bad('number', `has ${quote(line)} for a number`);
    return Number(line);
  }

  /** A line of text as protocol 0 writes it. @param isQuoted in Python's quotation marks */
  quoted(isQuoted: boolean): string {
    const line = this.line();
    if (!isQuoted) return line;
    const mark = line.charAt(0);
    if (line.length < 2 || !/['"]/.test(mark) || !line.endsWith(mark))
      throw this.bad('text', 'has text without its quotation marks');
    return line.slice(1, -1).replace(/\\(.)/g, '$1');
  }
}

function small(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
