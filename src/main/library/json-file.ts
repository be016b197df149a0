import { mkdir, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as v from 'valibot';
import { writeAtomically } from '../files/atomic-file.ts';
import { HeadgateError, quote } from '../../common/error.ts';
import { isMissing } from '../files/grant.ts';

/** A value that is kept in a JSON file between starts. */
export class JsonFile<T> {
  private last: Promise<void> = Promise.resolve();

  private constructor(
    private readonly path: string,
    private current: T,
  ) {}

  /**
   * Reads the file. A broken one is set aside as `….broken`, and the value is the fallback, as it is without a file.
   * @param schema what the content must be
   */
  static async load<T>(path: string, schema: v.GenericSchema<unknown, T>, fallback: T): Promise<JsonFile<T>> {
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch (error) {
      if (isMissing(error)) return new JsonFile(path, fallback);
      throw new HeadgateError(
        'settings-unreadable',
        `The settings ${quote(path)} can't be read.`,
        'Check that you may read the file, or name another folder in HEADGATE_CONFIG_DIR.',
        { cause: error },
      );
    }
    const result = v.safeParse(schema, parsed(text));
    if (result.success) return new JsonFile(path, result.output);
    await rename(path, `${path}.broken`).catch((cause: unknown) => {
      throw unwritable(path, cause);
    });
    return new JsonFile(path, fallback);
  }

  get value(): T {
    return this.current;
  }

  /**
   * Keeps a new value: at once in memory, and in the file when the promise resolves.
   * @throws HeadgateError `settings-unwritable`
   */
  async save(value: T): Promise<void> {
    this.current = value;
    const write = async () => {
      await mkdir(dirname(this.path), { recursive: true });
      await writeAtomically(this.path, `${JSON.stringify(value, null, 2)}\n`);
    };
    // One after another, so that the last value stays.
    const done = this.last.then(write).catch((cause: unknown) => {
      throw unwritable(this.path, cause);
    });
    this.last = done.catch(() => undefined);
    await done;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // No schema takes undefined.
    return undefined;
  }
}

function unwritable(path: string, cause: unknown): HeadgateError {
  return new HeadgateError(
    'settings-unwritable',
    `The settings ${quote(path)} can't be written.`,
    'Check that you may write there, or name another folder in HEADGATE_CONFIG_DIR.',
    { cause },
  );
}
