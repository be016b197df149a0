/**
 * A strict JSON reader for headers that strangers wrote. Unlike JSON.parse it refuses keys that occur twice, keeps
 * integers exact, has a depth limit, and never makes plain objects (so that `__proto__` is a key like any other).
 */

/** Integers are bigint, numbers with a fraction or an exponent are number. */
export type JsonValue = null | boolean | string | bigint | number | JsonValue[] | JsonObject;
export type JsonObject = Map<string, JsonValue>;

/** Why a text is not JSON, and where. */
export class JsonError extends Error {
  constructor(
    readonly rule: 'syntax' | 'utf-8' | 'duplicate-key' | 'depth' | 'number' | 'values',
    message: string,
    /** Index into the text, in UTF-16 units. */
    readonly position: number,
    /** The key that occurs twice. */
    readonly key: string | null = null,
  ) {
    super(message);
    this.name = 'JsonError';
  }
}

const MAX_DEPTH = 32;
const PIECE = 2 ** 20;
/** Bytes of all texts of a header together. */
const MOST_TEXT = 48 * 2 ** 20;
/** Digits and signs of a number; u64 has 20. A longer one is refused unread, since BigInt takes quadratic time. */
const MAX_NUMBER = 64;

/**
 * The first place where a text is not JSON as JSON.parse has it: keys may occur twice, and nesting may be deep.
 * @returns null when there is none
 */
export function findSyntaxError(text: string, maxDepth: number): JsonError | null {
  try {
    const scanner = new Scanner(new TextEncoder().encode(text), maxDepth, Infinity, false);
    scanner.value(0);
    scanner.end();
    return null;
  } catch (error) {
    if (error instanceof JsonError) return error;
    throw error;
  }
}

/**
 * Reads one JSON value and nothing after it but white space. Time and memory are linear in the text.
 * @param mostValues of all lists and objects
 * @throws JsonError
 */
export function parseStrictJson(text: string | Uint8Array, mostValues = Infinity): JsonValue {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  const scanner = new Scanner(bytes, MAX_DEPTH, mostValues, true);
  const value = scanner.value(0);
  scanner.end();
  return value;
}

/**
 * Reads an object of many entries one by one, so that none of them is held.
 * @param mostValues of all lists and objects
 * @throws JsonError, also where the text is no object; what `take` throws
 */
export function readStrictObject(
  text: Uint8Array,
  mostValues: number,
  take: (key: string, value: JsonValue) => void,
): void {
  const scanner = new Scanner(text, MAX_DEPTH, mostValues, true);
  scanner.entries(0, take);
  scanner.end();
}

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];
const DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

class Scanner {
  private at = 0;
  private values = 0;
  private text = 0;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly maxDepth: number,
    private readonly mostValues: number,
    /** Keys occur once, and texts have a limit: false where nothing of the text is kept. */
    private readonly isUnique: boolean,
  ) {}

  value(depth: number): JsonValue {
    if (depth > this.maxDepth) throw this.bad('depth', `nesting deeper than ${this.maxDepth}`);
    this.space();
    switch (this.bytes[this.at] ?? 0) {
      case OPEN_OBJECT: {
        const object: JsonObject = new Map();
        this.entries(depth, (key, value) => object.set(key, value));
        return object;
      }
      case OPEN_LIST:
        return this.array(depth);
      case QUOTE:
        return this.string();
      case 0x74:
        return this.word('true', true);
      case 0x66:
        return this.word('false', false);
      case 0x6e:
        return this.word('null', null);
      default:
        return this.number();
    }
  }

  end(): void {
    this.space();
    if (this.at < this.bytes.length) throw this.unexpected();
  }

  entries(depth: number, take: (key: string, value: JsonValue) => void): void {
    const keys = new Set<string>();
    if (!this.accept(OPEN_OBJECT)) throw this.unexpected();
    if (this.accept(CLOSE_OBJECT)) return;
    do {
      this.space();
      const start = this.at;
      if (this.bytes[this.at] !== QUOTE) throw this.unexpected();
      const key = this.string();
      if (this.isUnique && keys.has(key)) throw this.bad('duplicate-key', 'a key occurs twice', start, key);
      keys.add(key);
      if (!this.accept(COLON)) throw this.unexpected();
      take(key, this.value(depth + 1));
    } while (this.goesOn());
    if (!this.accept(CLOSE_OBJECT)) throw this.unexpected();
  }

  private array(depth: number): JsonValue[] {
    const array: JsonValue[] = [];
    this.at++;
    if (this.accept(CLOSE_LIST)) return array;
    do array.push(this.value(depth + 1));
    while (this.goesOn());
    if (!this.accept(CLOSE_LIST)) throw this.unexpected();
    return array;
  }

  private goesOn(): boolean {
    if (!this.accept(COMMA)) return false;
    if (++this.values > this.mostValues)
      throw this.bad('values', `more than ${this.mostValues.toLocaleString('en-US')} values`);
    return true;
  }

  private string(): string {
    const start = this.at;
    let isEscaped = false;
    for (this.at++; ; this.at++) {
      const code = this.bytes[this.at];
      if (code === QUOTE) break;
      if (code === BACKSLASH) {
        isEscaped = true;
        this.at++;
      } else if (code === undefined || code < 0x20) {
        // A control character, or the end inside the string.
        throw this.unexpected();
      }
    }
    this.at++;
    this.text += this.at - start;
    if (this.isUnique && this.text > MOST_TEXT)
      throw this.bad('values', `texts of more than ${MOST_TEXT / 2 ** 20} MiB together`);
    const quoted = this.decoded(start, this.at);
    if (!isEscaped) return quoted.slice(1, -1);
    let value: string;
    try {
      value = JSON.parse(quoted) as string;
    } catch {
      throw this.bad('syntax', 'a string has a bad escape', start);
    }
    if (/\p{Surrogate}/u.test(value)) throw this.bad('syntax', 'a string has half a character', start);
    return value;
  }

  private decoded(begin: number, end: number): string {
    try {
      return DECODER.decode(this.bytes.subarray(begin, end));
    } catch {
      throw this.bad('utf-8', 'a string is not UTF-8', begin);
    }
  }

  private number(): bigint | number {
    const start = this.at;
    while (this.at - start <= MAX_NUMBER && isOfNumber(this.bytes[this.at])) this.at++;
    if (this.at - start > MAX_NUMBER) throw this.bad('number', 'a number is too long', start);
    const literal = this.decoded(start, this.at);
    if (/^-?(0|[1-9]\d*)$/.test(literal)) return BigInt(literal);
    if (/^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/.test(literal)) return Number(literal);
    this.at = start;
    throw this.unexpected();
  }

  private word<T extends boolean | null>(word: string, value: T): T {
    for (let i = 0; i < word.length; i++)
      if (this.bytes[this.at + i] !== word.charCodeAt(i)) throw this.unexpected();
    this.at += word.length;
    return value;
  }

  private accept(byte: number): boolean {
    this.space();
    if (this.bytes[this.at] !== byte) return false;
    this.at++;
    return true;
  }

  private space(): void {
    for (;;) {
      const code = this.bytes[this.at];
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.at++;
    }
  }

  private unexpected(): JsonError {
    const isInside = this.at < this.bytes.length;
    if (isInside && !this.isText()) return this.bad('utf-8', 'the text is not UTF-8');
    return this.bad('syntax', isInside ? 'an unexpected character' : 'it ends too early');
  }

  /** Whether the character that stands here is UTF-8. */
  private isText(): boolean {
    const length = [1, 2, 3, 4].find((count) => isUtf8(this.bytes.subarray(this.at, this.at + count)));
    return length !== undefined;
  }

  /** @param at a byte; the error tells it in characters */
  private bad(rule: JsonError['rule'], message: string, at = this.at, key: string | null = null): JsonError {
    return new JsonError(rule, message, characters(this.bytes.subarray(0, at)), key);
  }
}

/** UTF-16 units of a text, counted in pieces. */
function characters(text: Uint8Array): number {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let count = 0;
  for (let at = 0; at < text.length; at += PIECE)
    count += decoder.decode(text.subarray(at, at + PIECE), { stream: true }).length;
  return count + decoder.decode().length;
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    DECODER.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** Digits, signs, the point and the exponent's letter. */
function isOfNumber(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  return (byte >= 0x30 && byte <= 0x39) || [0x2b, 0x2d, 0x2e, 0x45, 0x65].includes(byte);
}
