/** Rules of a file's form: each throws an error that names the field, what it holds and what it must be. */
import { isWhat } from '../error.ts';
import { isObject } from '../json.ts';

/** @param place the field's name with the names around it: `pre_tokenizer.pattern` */
export type Rule = (value: unknown, place: string) => void;

export function badPlace(place: string, value: unknown, rule: string): Error {
  return new Error(`“${place}” ${isWhat(value)}; it must be ${rule}`);
}

/** A rule from a test, and the words for what passes it. */
export function rule(words: string, test: (value: unknown) => boolean): Rule {
  return (value, place) => {
    if (!test(value)) throw badPlace(place, value, words);
  };
}

const whole = (most: number) => (value: unknown) =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most;

export const text = rule('a text', (value) => typeof value === 'string');
export const flag = rule('true or false', (value) => typeof value === 'boolean');
export const count = rule('a whole number from 0 on', whole(2 ** 63));
/** An id as the Rust library keeps it. */
export const id = rule('a whole number from 0 to 4294967295', whole(2 ** 32 - 1));
export const character = rule(
  'one character',
  (value) => typeof value === 'string' && [...value.slice(0, 3)].length === 1,
);

export function oneOf(...words: readonly string[]): Rule {
  const all = words.map((word) => `“${word}”`);
  return rule(all.length === 1 ? `${all[0]}` : `one of ${all.join(', ')}`, (value) =>
    words.some((word) => word === value),
  );
}

/** May be left out. */
export function optional(inner: Rule): Rule {
  return (value, place) => {
    if (value !== undefined) inner(value, place);
  };
}

/** May be left out, or null. */
export function nullable(inner: Rule): Rule {
  return (value, place) => {
    if (value !== undefined && value !== null) inner(value, place);
  };
}

/** An object with these fields; others are nobody's business. */
export function fields(rules: Readonly<Record<string, Rule>>): Rule {
  return (value, place) => {
    if (!isObject(value)) throw badPlace(place, value, 'an object');
    for (const [name, inner] of Object.entries(rules)) inner(value[name], `${place}.${name}`);
  };
}

export function listOf(inner: Rule): Rule {
  return (value, place) => {
    if (!Array.isArray(value)) throw badPlace(place, value, 'a list');
    for (const [index, entry] of value.entries()) inner(entry, `${place}[${index}]`);
  };
}

export function tableOf(inner: Rule): Rule {
  return (value, place) => {
    if (!isObject(value)) throw badPlace(place, value, 'an object');
    for (const [name, entry] of Object.entries(value))
      inner(entry, `${place}[${JSON.stringify(name.slice(0, 80))}]`);
  };
}

/** A list of exactly these. */
export function tuple(...rules: readonly Rule[]): Rule {
  return (value, place) => {
    if (!Array.isArray(value) || value.length !== rules.length)
      throw badPlace(place, value, `a list of ${rules.length}`);
    for (const [index, inner] of rules.entries()) inner(value[index], `${place}[${index}]`);
  };
}

/** An object whose “type” tells which fields it has. */
export function typed(kinds: Readonly<Record<string, Rule>>): Rule {
  const known = oneOf(...Object.keys(kinds));
  return (value, place) => {
    if (!isObject(value)) throw badPlace(place, value, 'an object with a “type”');
    const { type } = value;
    known(type, `${place}.type`);
    kinds[String(type)]?.(value, place);
  };
}
