import { join } from 'node:path';
import * as v from 'valibot';
import { SettingsSchema, type Settings } from '../../common/contract.ts';
import { JsonFile } from './json-file.ts';

/** The settings, kept in `settings.json`. */
export type SettingsStore = JsonFile<Settings>;

export function loadSettings(folder: string): Promise<SettingsStore> {
  return JsonFile.load(join(folder, 'settings.json'), SettingsSchema, v.parse(SettingsSchema, {}));
}
