import type { Dropped, NamedFile } from '../../state/session/drop.ts';
import { looseName } from './loose-name.ts';

/** Files beyond this are not listed: no model's folder has so many, and listing a disk takes minutes. */
const MOST_LISTED = 5000;

/**
 * What was dropped, as one folder: a folder's own files (without hidden ones), or loose files as they are. Null when no
 * files were dropped. What the drop holds is gone after the event, so it is taken before anything is awaited.
 */
export function readDrop(transfer: DataTransfer): Promise<Dropped | null> {
  const items = [...transfer.items].filter(({ kind }) => kind === 'file');
  const entries = items.map((item) => item.webkitGetAsEntry());
  const loose = items.map((item) => item.getAsFile());
  return collect(entries.map((entry, index) => ({ entry, file: loose[index] ?? null })));
}

async function collect(
  items: readonly { readonly entry: FileSystemEntry | null; readonly file: File | null }[],
): Promise<Dropped | null> {
  const [first] = items;
  if (first === undefined) return null;
  const files: NamedFile[] = [];
  if (items.length === 1 && first.entry?.isDirectory === true) {
    await list(first.entry, '', files);
    return { name: first.entry.name, files };
  }
  for (const { entry, file } of items) {
    if (entry !== null) await list(entry, entry.name, files);
    else if (file !== null) files.push({ name: file.name, file });
  }
  const names = items.map(({ entry, file }) => entry?.name ?? file?.name ?? '').filter((name) => name !== '');
  return { name: looseName(names), files };
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
