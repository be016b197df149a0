import { lstat, mkdir, readFile, realpath, rename, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { HeadgateError, quote } from '../../common/error.ts';
import { isObject } from '../../common/json.ts';
import { isDeeper } from '../../common/json-depth.ts';
import { JsonError, parseStrictJson } from '../../common/strict-json.ts';
import { writeAtomically } from '../files/atomic-file.ts';
import { isMissing } from '../files/grant.ts';
import { pathError } from '../files/system-error.ts';
import { lock } from '../launch/lock.mjs';

/** Bytes of the largest file that is read. */
const MAX_BYTES = 16 * 1024 * 1024;
/** Levels of nesting that are kept: whoever reads a deeper value may run out of stack. */
const MAX_DEPTH = 64;
/** Milliseconds that no change of such a file takes. */
const LONGEST_CHANGE = 10_000;

/** What a file holds as a whole. */
type Kind = 'list' | 'object';

/** What a file holds. */
interface Content {
  /** The JSON value; undefined: there is no file, or nothing of it can be used. */
  readonly value: unknown;
  /** What is wrong with the file, a sentence each. Then it is set aside before anything else is written. */
  readonly faults: readonly string[];
}

/**
 * A JSON file that is kept between starts, and that several processes may change. Reading it never fails: what is wrong
 * is told in `faults`.
 */
export class JsonFile {
  private last: Promise<void> = Promise.resolve();

  private constructor(
    private readonly path: string,
    private readonly kind: Kind,
    /** As it was when it was loaded. */
    readonly content: unknown,
    readonly faults: readonly string[],
  ) {}

  static async load(path: string, kind: Kind): Promise<JsonFile> {
    const { value, faults } = await read(path, kind);
    return new JsonFile(path, kind, value, faults);
  }

  /**
   * Replaces the content by what `change` makes of it. It is read anew, since another process may have written, and
   * nobody else writes meanwhile. A file with faults stays beside the new one as `….broken`; a link stays a link.
   * @throws HeadgateError `settings-unwritable`
   */
  async update(change: (content: unknown) => unknown): Promise<void> {
    const done = this.last
      .then(() => this.write(change))
      .catch((cause: unknown) => {
        throw unwritable(this.path, cause);
      });
    this.last = done.catch(() => undefined);
    await done;
  }

  private async write(change: (content: unknown) => unknown): Promise<void> {
    await mkdir(dirname(this.path), { recursive: true });
    const unlock = await lock(`${this.path}.lock`, { poll: 20, maxAge: LONGEST_CHANGE });
    try {
      const { value, faults } = await read(this.path, this.kind);
      if (faults.length > 0) await setAside(this.path);
      const target = await realpath(this.path).catch(() => this.path);
      await writeAtomically(target, `${JSON.stringify(change(value), null, 2)}\n`);
    } finally {
      unlock();
    }
  }
}

/** Gives a file another name, which nothing has. */
async function setAside(path: string): Promise<void> {
  let name = `${path}.broken`;
  for (let count = 2; await isThere(name); count++) name = `${path}.broken-${count}`;
  await rename(path, name);
}

function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

async function read(path: string, kind: Kind): Promise<Content> {
  const name = quote(basename(path));
  const unusable = (fault: string): Content => ({ value: undefined, faults: [fault] });
  let text = '';
  try {
    const stats = await stat(path);
    if (stats.isDirectory()) return unusable(`${name} is a folder, not a file.`);
    if (!stats.isFile()) return unusable(`${name} is not a regular file.`);
    if (stats.size > MAX_BYTES)
      return unusable(`${name} has ${stats.size} bytes; the limit is ${MAX_BYTES}.`);
    text = (await readFile(path, 'utf8')).replace(/^\ufeff/, '');
    const value = JSON.parse(text) as unknown;
    const isOfKind = kind === 'list' ? Array.isArray(value) : isObject(value);
    if (typeof value !== 'object' || value === null || !isOfKind)
      return unusable(`${name} does not hold ${kind === 'list' ? 'a list' : 'a JSON object'}.`);
    return withoutDeep(value, name);
  } catch (error) {
    if (isMissing(error)) return { value: undefined, faults: [] };
    if (error instanceof SyntaxError) return unusable(`${name} is not valid JSON${placeOf(text)}.`);
    return unusable(pathError(path, error).message);
  }
}

/** Where the text stops being JSON, as far as that can be told. */
function placeOf(text: string): string {
  try {
    parseStrictJson(text);
  } catch (error) {
    if (!(error instanceof JsonError) || error.rule === 'depth') return '';
    const before = text.slice(0, error.position).split('\n');
    return ` (line ${before.length}, column ${(before.at(-1) ?? '').length + 1})`;
  }
  return '';
}

/** The value without the parts at its first level that are nested too deeply. */
function withoutDeep(value: object, name: string): Content {
  const deep = Object.entries(value).filter(([, part]) => isDeeper(part, MAX_DEPTH));
  if (deep.length === 0) return { value, faults: [] };
  const keys = new Set(deep.map(([key]) => key));
  const kept = Array.isArray(value)
    ? value.filter((_, index) => !keys.has(String(index)))
    : Object.fromEntries(Object.entries(value).filter(([key]) => !keys.has(key)));
  return { value: kept, faults: deep.map(([key]) => `${quote(key)} in ${name} is nested too deeply.`) };
}

function unwritable(path: string, cause: unknown): HeadgateError {
  return new HeadgateError(
    'settings-unwritable',
    `The settings are not kept: ${pathError(path, cause, 'written').message}`,
    'Check that you may write there, or name another folder in HEADGATE_CONFIG_DIR.',
    { cause },
  );
}
