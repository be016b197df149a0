import { join } from 'node:path';
import * as v from 'valibot';
import { SettingsSchema, type Settings, type SettingsChange } from '../../common/contract.ts';
import { quote } from '../../common/error.ts';
import { issueWords } from '../../common/issue-words.ts';
import { isObject } from '../../common/json.ts';
import { withChange } from '../../common/settings-change.ts';
import { JsonFile } from './json-file.ts';

/**
 * The settings, kept in `settings.json`. What of the file can't be used has its default, and stays in the file until it
 * is changed here; so does what a later version put there.
 */
export class SettingsStore {
  private constructor(
    private readonly file: JsonFile,
    private current: Settings,
    /** What could not be used, a sentence each. */
    readonly faults: readonly string[],
  ) {}

  static async load(folder: string): Promise<SettingsStore> {
    const file = await JsonFile.load(join(folder, 'settings.json'), 'object');
    const { value, faults } = understood(file.content);
    return new SettingsStore(file, value, [...file.faults, ...faults]);
  }

  get value(): Settings {
    return this.current;
  }

  /**
   * Keeps what a window changed: at once in memory, and in the file when the promise resolves. Nothing else is written:
   * another window or another host may have changed the rest.
   * @throws HeadgateError `settings-unwritable`
   */
  async change(change: SettingsChange): Promise<void> {
    this.current = v.parse(SettingsSchema, withChange(change, this.current));
    await this.file.update((content) => withChange(change, isObject(content) ? content : {}));
  }
}

/** The settings in a file's content, each on its own. */
function understood(content: unknown): { value: Settings; faults: string[] } {
  const defaults = v.parse(SettingsSchema, {});
  if (!isObject(content)) return { value: defaults, faults: [] };
  const faults: string[] = [];
  const fields = Object.entries(SettingsSchema.entries).map(([name, schema]) => {
    const result = v.safeParse(schema, content[name]);
    if (result.success) return [name, result.output];
    const usual = defaults[name as keyof Settings];
    faults.push(`${quote(name)} in "settings.json" ${issueWords(result.issues[0]).problem}.`);
    return [name, usual];
  });
  return { value: v.parse(SettingsSchema, Object.fromEntries(fields)), faults };
}
