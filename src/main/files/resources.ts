/** Where the app's own files are: in the source tree, or in a packaged app. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The nearest folder above this module that holds `package.json`: the project, or the packaged app's bundle. */
function bundleFolder(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`no package.json above ${import.meta.dirname}`);
    folder = parent;
  }
  return folder;
}

/** `assets/models`: one folder for each bundled model. A packaged app keeps it beside its archive, as plain files. */
export function bundledModelsFolder(): string {
  const { resourcesPath } = process as { resourcesPath?: string };
  const packaged = resourcesPath === undefined ? null : join(resourcesPath, 'assets', 'models');
  return packaged !== null && existsSync(packaged) ? packaged : join(bundleFolder(), 'assets', 'models');
}

/** The built renderer. */
export function rendererFolder(): string {
  return join(bundleFolder(), 'out', 'renderer');
}
