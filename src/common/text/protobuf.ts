/**
 * The wire format of protocol buffers (https://protobuf.dev/programming-guides/encoding), as far as sentencepiece's
 * models need it. Nothing is copied or allocated by what a file claims: values are views of its bytes.
 */

/** One field of a message: `value` of a varint, `bytes` of everything else (fixed 4 or 8 bytes, or a run of any length). */
export interface Field {
  readonly number: number;
  readonly value: number;
  readonly bytes: Uint8Array;
}

const NONE = new Uint8Array();
/** Bytes of a varint at most; 64 bits in groups of 7. */
const LONGEST_VARINT = 10;

/**
 * The fields of a message in the order of the file.
 * @throws Error that says at which byte of the message it ends too early or is no message.
 */
export function* fieldsOf(message: Uint8Array): Generator<Field, void> {
  const reader = new Reader(message);
  while (reader.at < message.length) {
    const start = reader.at;
    const key = reader.varint();
    const number = Math.floor(key / 8);
    const bad = (what: string) => new Error(`it is damaged: ${what} at byte ${start} of a message`);
    if (number < 1) throw bad('a field without a number');
    switch (key % 8) {
      case 0:
        yield { number, value: reader.varint(), bytes: NONE };
        break;
      case 1:
        yield { number, value: 0, bytes: reader.take(8) };
        break;
      case 2:
        yield { number, value: 0, bytes: reader.take(reader.varint()) };
        break;
      case 5:
        yield { number, value: 0, bytes: reader.take(4) };
        break;
      default:
        throw bad('a field of an unknown kind');
    }
  }
}

/** A fixed 4-byte field as a number; 0 for other fields. */
export function floatOf({ bytes }: Field): number {
  return bytes.length === 4 ? new DataView(bytes.buffer, bytes.byteOffset, 4).getFloat32(0, true) : 0;
}

class Reader {
  at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  /** Beyond 2⁵³ it is not exact, which is longer than any file. */
  varint(): number {
    let value = 0;
    for (let i = 0; i < LONGEST_VARINT; i++) {
      const byte = this.bytes[this.at];
      if (byte === undefined) throw cutOff();
      this.at++;
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) return value;
    }
    throw new Error(`it is damaged: a number that does not end at byte ${this.at} of a message`);
  }

  take(length: number): Uint8Array {
    if (length > this.bytes.length - this.at) throw cutOff();
    return this.bytes.subarray(this.at, (this.at += length));
  }
}

function cutOff(): Error {
  return new Error('it ends in the middle of a field');
}
