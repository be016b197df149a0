import type { Dropped, NamedFile } from '../../state/drop.ts';

/** Files beyond this are not listed: no model's folder has so many, and listing a disk takes minutes. */
const MOST_LISTED = 5000;

/**
 * What was dropped, as one folder: a folder's own files (without hidden ones), or loose files under the first one's
 * name. Null when no files were dropped. The entries must be taken before anything is awaited.
 */
export async function readDrop(transfer: DataTransfer): Promise<Dropped | null> {
  const entries = [...transfer.items]
    .map((item) => item.webkitGetAsEntry())
    .filter((entry) => entry !== null);
  const [first] = entries;
  if (first === undefined) return null;
  const files: NamedFile[] = [];
  if (entries.length === 1 && first.isDirectory) await list(first, '', files);
  else for (const entry of entries) await list(entry, entry.name, files);
  return { name: first.name, files };
}

async function list(entry: FileSystemEntry, name: string, files: NamedFile[]): Promise<void> {
  if (files.length >= MOST_LISTED || entry.name.startsWith('.')) return;
  if (entry.isFile) {
    const file = await new Promise<File>((found, failed) =>
      (entry as FileSystemFileEntry).file(found, failed),
    );
    files.push({ name, file });
    return;
  }
  for (const child of await children(entry as FileSystemDirectoryEntry))
    await list(child, name === '' ? child.name : `${name}/${child.name}`, files);
}

/** A directory hands out its entries in batches until one is empty. */
async function children(directory: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = directory.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const batch = await new Promise<FileSystemEntry[]>((found, failed) => reader.readEntries(found, failed));
    if (batch.length === 0) return all;
    all.push(...batch);
  }
}
