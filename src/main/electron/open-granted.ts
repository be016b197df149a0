import { isAbsolute } from 'node:path';
import type { Library } from '../library/library.ts';

/**
 * Opens what was dropped on the window, by the path that Electron has for it.
 * @param path as it came from the page
 * @returns the model's id; null when it is no model, which the host's drops then explain
 */
export async function openGranted(library: Pick<Library, 'open'>, path: unknown): Promise<string | null> {
  if (typeof path !== 'string' || !isAbsolute(path)) return null;
  try {
    return (await library.open(path)).id;
  } catch {
    return null;
  }
}
