import type { ByteSource } from '../../byte-source.ts';
import { HeadgateError, quote } from '../../error.ts';

export const DAMAGED = 'The file is damaged or was written wrongly: save, export or download it again.';
export const INCOMPLETE = 'The file is not complete: copy or download it again.';

const PAGE = 64 * 1024;
const PAGES = 64;
/** Bytes of a varint at most. */
const LONGEST_VARINT = 10;

/** A field of a message: the number of a varint, or where its bytes lie in the file. */
export interface WireField {
  readonly number: number;
  readonly kind: 'varint' | 'fixed' | 'bytes';
  readonly value: number;
  readonly begin: number;
  readonly end: number;
}

/** Protocol buffers (https://protobuf.dev/programming-guides/encoding) in a file, read field by field: large ones are passed over. */
export class WireFile {
  readonly source: ByteSource;
  readonly #pages = new Map<number, Uint8Array>();

  constructor(source: ByteSource) {
    this.source = source;
  }

  /** `onnx-…`: the file and the rule that it breaks. */
  fail(rule: string, what: string, hint = DAMAGED): HeadgateError {
    return new HeadgateError(`onnx-${rule}`, `${quote(this.source.name)}: ${what}.`, hint);
  }

  /**
   * The fields of the message in bytes [begin, end).
   * @param what names it in errors
   * @throws HeadgateError `onnx-wire`, `onnx-past-end`
   */
  async *fields(begin: number, end: number, what: string): AsyncGenerator<WireField, void> {
    for (let at = begin; at < end;) {
      const key = await this.#varint(at, end, what);
      const number = Math.floor(key.value / 8);
      if (number < 1) throw this.fail('wire', `${what} has a field without a number at byte ${at}`);
      at = key.next;
      const wire = key.value % 8;
      if (wire === 0) {
        const { value, next } = await this.#varint(at, end, what);
        yield { number, kind: 'varint', value, begin: at, end: next };
        at = next;
        continue;
      }
      let length = wire === 1 ? 8 : 4;
      if (wire === 2) ({ value: length, next: at } = await this.#varint(at, end, what));
      else if (wire !== 1 && wire !== 5)
        throw this.fail('wire', `${what} has a field of an unknown kind at byte ${at}`);
      if (!(length >= 0 && length <= end - at))
        throw this.fail('past-end', `${what} ends in the middle of a field at byte ${at}`, INCOMPLETE);
      yield { number, kind: wire === 2 ? 'bytes' : 'fixed', value: 0, begin: at, end: at + length };
      at += length;
    }
  }

  /** @throws HeadgateError `onnx-text` above `most` bytes */
  async text({ begin, end }: WireField, what: string, most = 64 * 1024): Promise<string> {
    if (end - begin > most)
      throw this.fail('text', `${what} has a text of ${end - begin} bytes; the limit is ${most}`);
    return new TextDecoder().decode(await this.#bytes(begin, end));
  }

  /** The whole numbers of a field, one or packed. @throws HeadgateError `onnx-numbers` above `most` of them */
  async numbers(field: WireField, what: string, most: number): Promise<number[]> {
    if (field.kind === 'varint') return [field.value];
    const values: number[] = [];
    for (let at = field.begin; at < field.end;) {
      const { value, next } = await this.#varint(at, field.end, what);
      if (values.length === most) throw this.fail('numbers', `${what} has more than ${most} numbers`);
      values.push(value);
      at = next;
    }
    return values;
  }

  /** The first `most` fractions of a field, one or packed. */
  async floats({ begin, end }: WireField, most: number): Promise<number[]> {
    const count = Math.min(Math.floor((end - begin) / 4), most);
    const bytes = await this.#bytes(begin, begin + 4 * count);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    return Array.from({ length: count }, (_, i) => view.getFloat32(4 * i, true));
  }

  async float({ begin, end }: WireField): Promise<number> {
    if (end - begin !== 4) return 0;
    const bytes = await this.#bytes(begin, end);
    return new DataView(bytes.buffer, bytes.byteOffset, 4).getFloat32(0, true);
  }

  /** Signed, as int64 and int32 are. Beyond 2⁵³ it is not exact, which is longer than any file. */
  async #varint(
    at: number,
    end: number,
    what: string,
  ): Promise<{ readonly value: number; readonly next: number }> {
    let [value, large, scale] = [0, 0n, 1];
    for (let i = 0; i < LONGEST_VARINT; i++) {
      if (at + i >= end)
        throw this.fail('past-end', `${what} ends in the middle of a field at byte ${at}`, INCOMPLETE);
      const page = Math.floor((at + i) / PAGE);
      const held = this.#pages.get(page) ?? (await this.#load(page));
      const byte = held[at + i - page * PAGE] ?? 0;
      // Seven bytes are exact as a number; the few that are longer are most often negative.
      if (i < 7) value += (byte & 0x7f) * scale;
      else large |= BigInt(byte & 0x7f) << BigInt(7 * i);
      scale *= 128;
      if (byte < 0x80)
        return {
          value: i < 7 ? value : Number(BigInt.asIntN(64, large | BigInt(value))),
          next: at + i + 1,
        };
    }
    throw this.fail('wire', `${what} has a number that does not end at byte ${at}`);
  }

  async #bytes(begin: number, end: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(end - begin);
    for (let at = begin; at < end;) {
      const page = Math.floor(at / PAGE);
      const held = this.#pages.get(page) ?? (await this.#load(page));
      const part = held.subarray(at - page * PAGE, end - page * PAGE);
      bytes.set(part, at - begin);
      at += part.length;
    }
    return bytes;
  }

  async #load(page: number): Promise<Uint8Array> {
    const bytes = await this.source.read(page * PAGE, Math.min((page + 1) * PAGE, this.source.size));
    this.#pages.set(page, bytes);
    const [oldest] = this.#pages.keys();
    if (this.#pages.size > PAGES && oldest !== undefined) this.#pages.delete(oldest);
    return bytes;
  }
}
