import type { ApiError } from './contract.ts';
import { escaped, sentence, UNPRINTABLE } from './sentence.ts';

/**
 * The one error that users see: what went wrong in one sentence, and what to do.
 * Anything else that is thrown is a defect and is reported as `internal`.
 */
export class HeadgateError extends Error implements ApiError {
  readonly hint: string;

  constructor(
    /** kebab-case and stable: `missing-tensor`, `bad-header`, … */
    readonly code: string,
    message: string,
    hint: string,
    options?: ErrorOptions,
  ) {
    super(sentence(message), options);
    this.name = 'HeadgateError';
    this.hint = sentence(hint);
  }

  /** The three fields that cross the contract. */
  toJSON(): { code: string; message: string; hint: string } {
    return { code: this.code, message: this.message, hint: this.hint };
  }
}

/** Any thrown value as the error that users see; an abort stays an abort and is the caller's to ignore. */
export function toApiError(thrown: unknown): ApiError {
  if (thrown instanceof HeadgateError) return thrown;
  if (isApiError(thrown))
    return { code: thrown.code, message: sentence(thrown.message), hint: sentence(thrown.hint) };
  if (isStackOverflow(thrown))
    return {
      code: 'too-deep',
      message: 'Something in the files is nested too deeply to be read.',
      hint: 'Save or download the files again.',
    };
  if (isOutOfMemory(thrown))
    return {
      code: 'out-of-memory',
      message: 'This needs more memory than there is.',
      hint: 'Use a smaller model or a shorter text.',
    };
  return {
    code: 'internal',
    message: sentence(`Something went wrong inside Headgate: ${wordsOf(thrown)}`),
    hint: 'This is a defect in Headgate: please report it with these words.',
  };
}

/** V8's RangeError, and the InternalError of other engines. */
function isStackOverflow(thrown: unknown): boolean {
  return thrown instanceof Error && /call stack|too much recursion/i.test(thrown.message);
}

function isOutOfMemory(thrown: unknown): boolean {
  return (
    thrown instanceof RangeError &&
    /allocation failed|invalid (typed )?array length|invalid string length/i.test(thrown.message)
  );
}

/** What a thrown value says of itself. */
function wordsOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message.trim() || thrown.name;
  if (typeof thrown === 'string' && thrown.trim() !== '') return thrown;
  return 'an error without words.';
}

function isApiError(value: unknown): value is ApiError {
  if (typeof value !== 'object' || value === null) return false;
  const { code, message, hint } = value as Partial<Record<string, unknown>>;
  return typeof code === 'string' && typeof message === 'string' && typeof hint === 'string';
}

const LONGEST_QUOTE = 120;

/**
 * Text from a file, in double quotes, fit for one line of a message or a terminal: what can't be printed is escaped,
 * what is too long is cut in the middle.
 */
export function quote(text: string): string {
  const half = LONGEST_QUOTE / 2;
  const short = text.length <= LONGEST_QUOTE ? text : `${text.slice(0, half)}…${text.slice(-half)}`;
  const printable = short.replace(/["\\]/g, '\\$&').replace(UNPRINTABLE, escaped);
  return `"${printable}"`;
}

/** Characters of a value that a message shows. */
const LONGEST_VALUE = 80;

/** What a field holds, as a message goes on from the field's name: “is missing”, “is 3”, “is [1, 2, …”. */
export function isWhat(value: unknown): string {
  if (value === undefined) return 'is missing';
  if (typeof value === 'string') return `is ${quote(value)}`;
  if (typeof value !== 'object' || value === null) return `is ${String(value)}`;
  const what = Array.isArray(value) ? 'a list' : 'an object';
  let text: string;
  try {
    text = JSON.stringify(value);
  } catch {
    // Too deep, or without an end.
    return `is ${what}`;
  }
  return text.length <= LONGEST_VALUE ? `is ${text}` : `is ${what} (${text.slice(0, LONGEST_VALUE / 2)}…)`;
}

/** Runs everything to its end, then gives all results or throws the first error in the order of the list. */
export async function allSettled<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(promises);
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}
