/** What every composition of the host shares: library, settings, and the fetch handler over them. */
import { createApi, type FetchHandler, type StartState } from './api/app.ts';
import { toApiError } from './api/errors.ts';
import type { ApiError, AppState } from '../common/contract.ts';
import { HeadgateError } from '../common/error.ts';
import type { JobRoutes } from './jobs/job-session.ts';
import { removeLeftovers } from './files/leftovers.ts';
import { bundledModelsFolder, rendererFolder } from './files/resources.ts';
import { configFolder } from './library/config-folder.ts';
import { Library } from './library/library.ts';
import { Recents } from './library/recents.ts';
import { SessionFiles, type SessionDialogs } from './library/session-files.ts';
import { Sessions } from './library/sessions.ts';
import { SettingsStore } from './library/settings.ts';
import { oldNode } from './node-version.ts';
import { version } from './version.ts';

export interface HostOptions {
  readonly host: AppState['host'];
  /** The model to open first: a path or a bundled model's name; null: the bundled one. */
  readonly model: string | null;
  /** Further models, each for a slot of its own. */
  readonly beside?: readonly string[];
  /** A session's file to open; null: none. */
  readonly session?: string | null;
  /** False: the window as it was last is not brought back. */
  readonly restores?: boolean;
  /** Asks the user for a folder and gives its path, null when they cancel. */
  readonly pickFolder?: () => Promise<string | null>;
  /** Lets the user choose a session's file. */
  readonly sessionDialogs?: SessionDialogs;
  /** For `headgate capture` and its like. */
  readonly job?: JobRoutes;
  /** False where the renderer comes from elsewhere (a development server). */
  readonly servesRenderer?: boolean;
}

export interface Host {
  readonly api: FetchHandler;
  readonly library: Library;
  readonly settings: SettingsStore;
  /** The model that is opened first, or why it can't be. */
  /** The model that is opened first, or why it can't be; and what of the settings could not be used. */
  readonly start: StartState;
}

/**
 * The host, ready to answer. A model that can't be opened is part of the state, so that the app still starts; so are
 * settings that can't be used.
 */
export async function createHost(options: HostOptions): Promise<Host> {
  const folder = configFolder();
  removeLeftovers();
  const settings = await SettingsStore.load(folder);
  // A job is no visit: it leaves the list of opened models alone.
  const recents = options.job === undefined ? await Recents.load(folder) : null;
  const library = await Library.load({ bundled: bundledModelsFolder(), recents });
  const faults = [...settings.faults, ...(recents?.faults ?? [])];
  const { model, session = null } = options;
  const restores = options.restores ?? (model === null && options.job === undefined);
  const sessions = options.job === undefined ? new Sessions(folder, session) : null;
  if (!restores && session === null) await sessions?.keepPrevious();
  const start = {
    ...(await startOf(library, model, options.beside ?? [])),
    restores: restores || session !== null,
    ...(faults.length === 0 ? {} : { settingsNote: settingsNote(faults) }),
    ...oldNode(process.versions),
  };
  const api = createApi({
    version,
    host: options.host,
    library,
    settings,
    sessions,
    start,
    renderer: options.servesRenderer === false ? null : rendererFolder(),
    pickFolder: options.pickFolder ?? null,
    sessionFiles: options.sessionDialogs === undefined ? null : new SessionFiles(options.sessionDialogs),
    job: options.job ?? null,
  });
  return { api, library, settings, start };
}

function settingsNote(faults: readonly string[]): ApiError {
  return new HeadgateError(
    'settings-unusable',
    `Some of the settings can't be used: ${faults.join(' ')}`,
    'What is not named here counts. A file that is no good at all is kept beside the new one as “….broken” when something is changed.',
  ).toJSON();
}

async function startOf(
  library: Library,
  model: string | null,
  beside: readonly string[],
): Promise<Pick<AppState, 'startModel' | 'startError' | 'besideModels'>> {
  const wanted = model ?? library.defaultModel;
  const ids: string[] = [];
  let startError: ApiError | null = null;
  for (const one of wanted === null ? [] : [wanted, ...beside])
    try {
      ids.push((await library.open(one)).id);
    } catch (error) {
      startError ??= toApiError(error);
    }
  const [startModel = null, ...besideModels] = ids;
  return { startModel, startError, besideModels };
}
