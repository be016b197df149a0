/** Many short texts as UTF-8 one after another: a vocabulary takes a fraction of what as many strings would. */
export class PieceList implements Iterable<string> {
  #bytes = new Uint8Array(4096);
  /** Where each piece ends. */
  #ends = new Uint32Array(256);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Adds a piece. Bytes that are no UTF-8 (old vocabularies have such pieces) become U+FFFD. */
  add(bytes: Uint8Array): void {
    const text = DECODER.decode(bytes);
    const own = text.includes('\u{fffd}') ? ENCODER.encode(text) : bytes;
    const begin = this.#endOf(this.#length - 1);
    if (begin + own.length > this.#bytes.length)
      this.#bytes = grown(this.#bytes, new Uint8Array(2 * (begin + own.length)));
    if (this.#length === this.#ends.length) this.#ends = grown(this.#ends, new Uint32Array(2 * this.#length));
    this.#bytes.set(own, begin);
    this.#ends[this.#length++] = begin + own.length;
  }

  /** The UTF-8 of a piece, not copied; empty where there is none. */
  bytes(index: number): Uint8Array {
    return this.#bytes.subarray(this.#endOf(index - 1), this.#endOf(index));
  }

  /** The piece; null: there is none. */
  at(index: number): string | null {
    return index >= 0 && index < this.#length ? DECODER.decode(this.bytes(index)) : null;
  }

  *[Symbol.iterator](): Generator<string> {
    for (let index = 0; index < this.#length; index++) yield DECODER.decode(this.bytes(index));
  }

  #endOf(index: number): number {
    return index < 0 ? 0 : (this.#ends[Math.min(index, this.#length - 1)] ?? 0);
  }
}

const DECODER = new TextDecoder('utf-8', { ignoreBOM: true });
const ENCODER = new TextEncoder();

function grown<Numbers extends Uint8Array | Uint32Array>(before: Numbers, after: Numbers): Numbers {
  after.set(before);
  return after;
}
