import type { ByteSource } from '../byte-source.ts';

/** Bytes of a page. */
const PAGE = 64 * 1024;

/**
 * The same bytes for many small readings that lie near each other: they are read a page at a time, and the last pages are
 * held. What is larger than a page is read directly.
 */
export class PagedSource implements ByteSource {
  readonly name: string;
  readonly size: number;
  readonly #source: ByteSource;
  readonly #pages = new Map<number, Promise<Uint8Array>>();

  constructor(
    source: ByteSource,
    /** Pages that are held. */
    private readonly most = 64,
  ) {
    this.#source = source;
    this.name = source.name;
    this.size = source.size;
  }

  async read(begin: number, end: number): Promise<Uint8Array> {
    if (end - begin > PAGE || begin < 0 || begin > end || end > this.size)
      return this.#source.read(begin, end);
    const bytes = new Uint8Array(end - begin);
    for (let at = begin; at < end;) {
      const page = Math.floor(at / PAGE);
      const part = (await this.#page(page)).subarray(at - page * PAGE, end - page * PAGE);
      bytes.set(part, at - begin);
      at += part.length;
    }
    return bytes;
  }

  #page(page: number): Promise<Uint8Array> {
    const held = this.#pages.get(page);
    if (held !== undefined) return held;
    const found = this.#source.read(page * PAGE, Math.min((page + 1) * PAGE, this.size));
    this.#pages.set(page, found);
    const [oldest] = this.#pages.keys();
    if (this.#pages.size > this.most && oldest !== undefined) this.#pages.delete(oldest);
    return found;
  }
}
