import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { FolderTree } from '../../common/subfolder.ts';

/** Subfolders that are looked into; a folder with more is no run of a Trainer. */
const MOST_FOLDERS = 200;

/** What a folder holds, two levels deep. What can't be read counts as empty: opening it tells why. */
export async function folderTree(path: string): Promise<FolderTree> {
  const top = await entriesOf(path);
  const folders = new Map<string, readonly string[]>();
  for (const name of top.folders.slice(0, MOST_FOLDERS)) {
    const inner = await entriesOf(join(path, name));
    folders.set(name, inner.files);
    if (name !== 'snapshots') continue;
    for (const revision of inner.folders.slice(0, MOST_FOLDERS))
      folders.set(`${name}/${revision}`, (await entriesOf(join(path, name, revision))).files);
  }
  return { name: basename(path) || path, files: top.files, folders, main: await mainOf(path) };
}

/** Links count as files: a snapshot of Hugging Face's cache is made of them. */
async function entriesOf(path: string): Promise<{ readonly files: string[]; readonly folders: string[] }> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  const names = (isFolder: boolean) =>
    entries
      .filter((entry) => entry.isDirectory() === isFolder)
      .map(({ name }) => name)
      .sort();
  return { files: names(false), folders: names(true) };
}

async function mainOf(path: string): Promise<string | null> {
  const text = await readFile(join(path, 'refs', 'main'), 'utf8').catch(() => null);
  return text === null || text.length > 200 ? null : text.trim();
}
