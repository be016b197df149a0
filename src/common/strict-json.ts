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
    readonly rule: 'syntax' | 'duplicate-key' | 'depth' | 'number',
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
/** Digits and signs of a number; u64 has 20. A longer one is refused unread, since BigInt takes quadratic time. */
const MAX_NUMBER = 64;

/**
 * The first place where a text is not JSON as JSON.parse has it: keys may occur twice, and nesting may be deep.
 * @returns null when there is none
 */
export function findSyntaxError(text: string, maxDepth: number): JsonError | null {
  try {
    const scanner = new Scanner(text, maxDepth, false);
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
 * @throws JsonError
 */
export function parseStrictJson(text: string): JsonValue {
  const scanner = new Scanner(text, MAX_DEPTH, true);
  const value = scanner.value(0);
  scanner.end();
  return value;
}

class Scanner {
  private at = 0;

  constructor(
    private readonly text: string,
    private readonly maxDepth: number,
    /** Keys occur once. */
    private readonly isUnique: boolean,
  ) {}

  value(depth: number): JsonValue {
    if (depth > this.maxDepth) throw new JsonError('depth', `nesting deeper than ${this.maxDepth}`, this.at);
    this.space();
    const first = this.text.charAt(this.at);
    switch (first) {
      case '{':
        return this.object(depth);
      case '[':
        return this.array(depth);
      case '"':
        return this.string();
      case 't':
        return this.word('true', true);
      case 'f':
        return this.word('false', false);
      case 'n':
        return this.word('null', null);
      default:
        return this.number();
    }
  }

  end(): void {
    this.space();
    if (this.at < this.text.length) throw this.unexpected();
  }

  private object(depth: number): JsonObject {
    const object: JsonObject = new Map();
    this.at++;
    if (this.accept('}')) return object;
    do {
      this.space();
      const start = this.at;
      if (this.text[this.at] !== '"') throw this.unexpected();
      const key = this.string();
      if (this.isUnique && object.has(key))
        throw new JsonError('duplicate-key', 'a key occurs twice', start, key);
      if (!this.accept(':')) throw this.unexpected();
      object.set(key, this.value(depth + 1));
    } while (this.accept(','));
    if (!this.accept('}')) throw this.unexpected();
    return object;
  }

  private array(depth: number): JsonValue[] {
    const array: JsonValue[] = [];
    this.at++;
    if (this.accept(']')) return array;
    do array.push(this.value(depth + 1));
    while (this.accept(','));
    if (!this.accept(']')) throw this.unexpected();
    return array;
  }

  private string(): string {
    const start = this.at;
    let escaped = false;
    for (this.at++; ; this.at++) {
      const code = this.text.charCodeAt(this.at);
      if (code === 0x22) break;
      if (code === 0x5c) {
        escaped = true;
        this.at++;
      } else if (!(code >= 0x20)) {
        // A control character, or NaN: the text ends inside the string.
        throw this.unexpected();
      }
    }
    this.at++;
    if (!escaped) return this.text.slice(start + 1, this.at - 1);
    let value: string;
    try {
      value = JSON.parse(this.text.slice(start, this.at)) as string;
    } catch {
      throw new JsonError('syntax', 'a string has a bad escape', start);
    }
    if (/\p{Surrogate}/u.test(value)) throw new JsonError('syntax', 'a string has half a character', start);
    return value;
  }

  private number(): bigint | number {
    const start = this.at;
    while (this.at - start <= MAX_NUMBER && /[-+.0-9eE]/.test(this.text.charAt(this.at))) this.at++;
    const literal = this.text.slice(start, this.at);
    if (literal.length > MAX_NUMBER) throw new JsonError('number', 'a number is too long', start);
    if (/^-?(0|[1-9]\d*)$/.test(literal)) return BigInt(literal);
    if (/^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/.test(literal)) return Number(literal);
    this.at = start;
    throw this.unexpected();
  }

  private word<T extends boolean | null>(word: string, value: T): T {
    if (!this.text.startsWith(word, this.at)) throw this.unexpected();
    this.at += word.length;
    return value;
  }

  private accept(character: string): boolean {
    this.space();
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  private space(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.at++;
    }
  }

  private unexpected(): JsonError {
    const message = this.at < this.text.length ? 'an unexpected character' : 'it ends too early';
    return new JsonError('syntax', message, Math.min(this.at, this.text.length));
  }
}
