import { join } from 'node:path';
import { createApi, type ApiOptions, type FetchHandler } from '../../../src/main/api/app.ts';
import { Library } from '../../../src/main/library/library.ts';
import { Recents } from '../../../src/main/library/recents.ts';
import { SettingsStore } from '../../../src/main/library/settings.ts';
import type { Reply } from './contract-target.ts';

/** The handler over folders of a test: `config` for settings, `bundled` for bundled models. */
export async function testApi(
  folder: string,
  model: string | null,
  options: Partial<ApiOptions> = {},
): Promise<FetchHandler> {
  const config = join(folder, 'config');
  const library = await Library.load({
    bundled: join(folder, 'bundled'),
    recents: await Recents.load(config),
  });
  return createApi({
    version: '1.2.3',
    host: 'loopback',
    library,
    settings: await SettingsStore.load(config),
    start: {
      startModel: model === null ? null : (await library.open(model)).id,
      startError: null,
      besideModels: [],
      restores: false,
    },
    sessions: null,
    renderer: join(folder, 'renderer'),
    pickFolder: null,
    sessionFiles: null,
    job: null,
    ...options,
  });
}

export async function replyOf(response: Response): Promise<Reply> {
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    bytes: new Uint8Array(await response.arrayBuffer()),
  };
}
