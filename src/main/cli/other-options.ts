import { usageError, type Command, type Values } from './command.ts';

/**
 * Takes options that a command does not know itself out of its arguments: `--layer 3`, `--layer=3`, or `--same-length`
 * before another option or at the end, which is `true`.
 * @throws HeadgateError `usage` for one that stands twice
 */
export function takeOthers(
  given: readonly string[],
  options: Command['options'],
): { readonly args: string[]; readonly others: Values } {
  const args: string[] = [];
  const others = new Map<string, string>();
  for (let at = 0; at < given.length; at++) {
    const word = given[at] ?? '';
    const [, name, value] = /^--([a-z][a-z0-9-]*)(?:=(.*))?$/s.exec(word) ?? [];
    if (name === undefined || Object.hasOwn(options, name)) {
      args.push(word);
      // The value of an option of the command's own may look like another option.
      const next = given[at + 1];
      const takesNext = name !== undefined && value === undefined && options[name]?.type === 'string';
      if (takesNext && next !== undefined) {
        args.push(next);
        at++;
      }
      continue;
    }
    if (others.has(name)) throw usageError(`--${name} is given twice.`);
    const next = given[at + 1];
    if (value !== undefined || next === undefined || /^--?[a-z]/i.test(next))
      others.set(name, value ?? 'true');
    else {
      others.set(name, next);
      at++;
    }
  }
  return { args, others: Object.fromEntries(others) };
}
