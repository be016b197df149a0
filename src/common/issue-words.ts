/** What a schema found wrong, in plain words. */
import * as v from 'valibot';
import { isWhat } from './error.ts';

/** Characters of a field's name in a message. */
const LONGEST_PATH = 120;

/** The field that is wrong (null: the value as a whole), and `is missing`, or `is "x"; it must be a number`. */
export function issueWords(issue: v.BaseIssue<unknown>): {
  readonly field: string | null;
  readonly problem: string;
} {
  const field = shorten(v.getDotPath(issue) ?? '') || null;
  if (issue.expected === 'never') return { field, problem: 'must be left out: there is no such field' };
  if (issue.received === 'undefined') return { field, problem: `is missing${among(issue)}` };
  // A rule of our own says what is wrong.
  if (issue.type === 'check') return { field, problem: issue.message };
  return { field, problem: `${isWhat(issue.input)}; it must be ${ruleOf(issue)}` };
}

/** A field's name is a stranger's too. */
function shorten(path: string): string {
  return path.length <= LONGEST_PATH ? path : `${path.slice(0, LONGEST_PATH)}…`;
}

/** The choices of a field that is missing, where it has some. */
function among(issue: v.BaseIssue<unknown>): string {
  const words = choicesOf(issue);
  return words === null || issue.kind !== 'schema' || /object/.test(issue.type)
    ? ''
    : `; it must be ${words}`;
}

/** What a value must be, in plain words. */
function ruleOf(issue: v.BaseIssue<unknown>): string {
  const { type, requirement } = issue;
  const most = String(requirement);
  const plain: Readonly<Record<string, string>> = {
    number: 'a number',
    string: 'a text',
    boolean: 'true or false',
    array: 'a list',
    record: 'an object',
    object: 'an object',
    loose_object: 'an object',
    strict_object: 'an object',
    integer: 'a whole number',
    safe_integer: 'a whole number',
    finite: 'a number',
    min_value: `at least ${most}`,
    max_value: `at most ${most}`,
    min_length: `at least ${most} long`,
    max_length: `at most ${most} long`,
  };
  return plain[type] ?? choicesOf(issue) ?? 'another value';
}

/** “a”, “b” or “c”, of a rule that lists what it takes; null: it lists nothing. */
function choicesOf({ expected }: v.BaseIssue<unknown>): string | null {
  if (expected === null) return null;
  const kinds: Readonly<Record<string, string>> = {
    number: 'a number',
    string: 'a text',
    Array: 'a list',
    Object: 'an object',
  };
  const words = expected
    .replace(/^\((.*)\)$/, '$1')
    .split(' | ')
    .map((word) => kinds[word] ?? word.replace(/^"(.*)"$/, '“$1”'));
  const last = words.pop() ?? '';
  return words.length === 0 ? last : `${words.join(', ')} or ${last}`;
}
