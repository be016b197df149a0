/** The states of views as data, and reading them from a file: what is missing or wrong keeps what was there. */

/** What JSON can hold: what views keep of themselves, and what documents are made of. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A field of a saved state; undefined: there is none. */
function field(state: Json | null, name: string): Json | undefined {
  return typeof state === 'object' && state !== null && !Array.isArray(state) && Object.hasOwn(state, name)
    ? (state as Readonly<Record<string, Json>>)[name]
    : undefined;
}

/** True where the state says that there is no such thing, or that it follows by itself. */
export function savedNone(state: Json | null, name: string): boolean {
  return field(state, name) === null;
}

/** A field that holds fields itself. */
export function savedPart(state: Json | null, name: string): Json {
  return field(state, name) ?? null;
}

/** A number of the range, both ends included. */
export function savedNumber<Otherwise extends number | null>(
  state: Json | null,
  name: string,
  otherwise: Otherwise,
  { least = -Infinity, most = Infinity, whole = false } = {},
): number | Otherwise {
  const value = field(state, name);
  const fits = typeof value === 'number' && value >= least && value <= most;
  return fits && (!whole || Number.isInteger(value)) ? value : otherwise;
}

export function savedSwitch<Otherwise extends boolean | null>(
  state: Json | null,
  name: string,
  otherwise: Otherwise,
): boolean | Otherwise {
  const value = field(state, name);
  return typeof value === 'boolean' ? value : otherwise;
}

/** One of the choices; without a list, any text. */
export function savedChoice<Choice extends string, Otherwise extends string | null>(
  state: Json | null,
  name: string,
  otherwise: Otherwise,
  choices?: readonly Choice[],
): Choice | Otherwise {
  const value = field(state, name);
  if (typeof value !== 'string') return otherwise;
  return choices === undefined || (choices as readonly string[]).includes(value)
    ? (value as Choice)
    : otherwise;
}

/** A list of numbers of this length. */
export function savedNumbers(state: Json | null, name: string, length: number): readonly number[] | null {
  const value = field(state, name);
  const fits =
    Array.isArray(value) && value.length === length && value.every((one) => typeof one === 'number');
  return fits ? (value as readonly number[]) : null;
}

/** A list of whole numbers from 0 on, of any length up to `most`. */
export function savedNumberList(state: Json | null, name: string, most = 10_000): readonly number[] | null {
  const value = field(state, name);
  const fits =
    Array.isArray(value) &&
    value.length <= most &&
    value.every((one) => typeof one === 'number' && Number.isInteger(one) && one >= 0);
  return fits ? (value as readonly number[]) : null;
}

/** A list of texts, of any length up to `most`. */
export function savedTexts(state: Json | null, name: string, most = 1000): readonly string[] | null {
  const value = field(state, name);
  const fits = Array.isArray(value) && value.length <= most && value.every((one) => typeof one === 'string');
  return fits ? (value as readonly string[]) : null;
}
