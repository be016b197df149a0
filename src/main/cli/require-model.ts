/** Whether a word on the command line is a model at all, asked before a window opens on it. */
import { readdir, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { quote } from '../../common/error.ts';
import { deadLink } from '../files/dead-link.ts';
import { isMissing } from '../files/grant.ts';
import { bundledModelsFolder } from '../files/resources.ts';
import { pathError } from '../files/system-error.ts';
import { usageError } from './command.ts';

/**
 * @param commands the names of the subcommands
 * @throws HeadgateError `usage` for what is neither a path nor a bundled model, `unreadable`, `not-found` for a link to nothing
 */
export async function requireModel(word: string, commands: readonly string[]): Promise<void> {
  const bundled = await readdir(bundledModelsFolder()).catch((): string[] => []);
  if (bundled.includes(word)) return;
  const missing = await stat(resolve(word)).then(
    () => false,
    (error: unknown) => {
      if (isMissing(error)) return true;
      throw pathError(word, error);
    },
  );
  if (!missing) return;
  const link = await deadLink(resolve(word));
  if (link !== null) throw link;
  const meant = [...commands, ...bundled].find((name) => distance(word, name) <= 2);
  throw usageError(
    `${quote(word)} is neither a command, nor a file or folder, nor a bundled model${meant === undefined ? '' : ` (did you mean ${meant}?)`}.`,
  );
}

/** Letters to add, to remove, to replace or to swap until one word is the other (optimal string alignment). */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return Infinity;
  // rows[i][j]: between the first i letters of a and the first j of b.
  const rows = Array.from({ length: a.length + 1 }, (_, i) => [i, ...new Array<number>(b.length).fill(0)]);
  rows[0] = Array.from({ length: b.length + 1 }, (_, j) => j);
  const at = (i: number, j: number) => rows[i]?.[j] ?? Infinity;
  for (let i = 1; i <= a.length; i++)
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwap ? at(i - 2, j - 2) + 1 : Infinity;
      (rows[i] ?? [])[j] = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, replaced, swapped);
    }
  return at(a.length, b.length);
}
