import type { ApiError } from './contract.ts';

/**
 * The one error that users see: what went wrong in one sentence, and what to do.
 * Anything else that is thrown is a defect and is reported as `internal`.
 */
export class HeadgateError extends Error implements ApiError {
  constructor(
    /** kebab-case and stable: `missing-tensor`, `bad-header`, … */
    readonly code: string,
    message: string,
    readonly hint: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'HeadgateError';
  }

  /** The three fields that cross the contract. */
  toJSON(): { code: string; message: string; hint: string } {
    return { code: this.code, message: this.message, hint: this.hint };
  }
}

/** Any thrown value as the error that users see; an abort stays an abort and is the caller's to ignore. */
export function toApiError(thrown: unknown): ApiError {
  if (isApiError(thrown)) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return {
    code: 'internal',
    message,
    hint: 'This is a defect in Headgate: please report it with these words.',
  };
}

function isApiError(value: unknown): value is ApiError {
  return (
    typeof value === 'object' && value !== null && 'code' in value && 'hint' in value && 'message' in value
  );
}

/** Line ends, control characters, and marks that turn the direction of the text around them. */
// eslint-disable-next-line no-control-regex
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]/gu;
const LONGEST_QUOTE = 120;

/**
 * Text from a file, in double quotes, fit for one line of a message or a terminal: what can't be printed is escaped,
 * what is too long is cut in the middle.
 */
export function quote(text: string): string {
  const half = LONGEST_QUOTE / 2;
  const short = text.length <= LONGEST_QUOTE ? text : `${text.slice(0, half)}…${text.slice(-half)}`;
  const printable = short
    .replace(/["\\]/g, '\\$&')
    .replace(UNPRINTABLE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
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
