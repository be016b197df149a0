import type { Dropped, NamedFile } from '../../state/session/drop.ts';

/** Files beyond this are not listed: no model's folder has so many. */
const MOST_LISTED = 5000;

/** Chromium's folder dialog; TypeScript's own list of the DOM does not have it. */
interface FolderPicker {
  showDirectoryPicker(options: { readonly mode: 'read' }): Promise<FolderHandle>;
}

/** The parts of a FileSystemDirectoryHandle that are used. */
export interface FolderHandle {
  readonly kind: 'directory';
  readonly name: string;
  values(): AsyncIterable<
    FolderHandle | { readonly kind: 'file'; readonly name: string; getFile(): Promise<Blob> }
  >;
}

/** The browser's folder dialog, for hosts that have none; null when it was closed. */
export async function chooseFolder(): Promise<Dropped | null> {
  if (!('showDirectoryPicker' in globalThis)) return chooseFiles();
  try {
    const handle = await (globalThis as unknown as FolderPicker).showDirectoryPicker({ mode: 'read' });
    return await folderOfHandle(handle);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return null;
    throw error;
  }
}

/** Files of a folder's handle, without hidden ones. */
export async function folderOfHandle(handle: FolderHandle): Promise<Dropped> {
  const files: NamedFile[] = [];
  const list = async (folder: FolderHandle, prefix: string): Promise<void> => {
    for await (const entry of folder.values()) {
      if (entry.name.startsWith('.') || files.length >= MOST_LISTED) continue;
      if (entry.kind === 'directory') await list(entry, `${prefix}${entry.name}/`);
      else files.push({ name: prefix + entry.name, file: await entry.getFile() });
    }
  };
  await list(handle, '');
  return { name: handle.name, files };
}

/** The plain file dialog in its folder mode. */
function chooseFiles(): Promise<Dropped | null> {
  const input = document.createElement('input');
  input.type = 'file';
  input.webkitdirectory = true;
  return new Promise((chosen) => {
    input.addEventListener('cancel', () => chosen(null));
    input.addEventListener('change', () => chosen(folderOf([...(input.files ?? [])])));
    input.click();
  });
}

/** Files of a picked folder, without hidden ones: their paths begin with the folder's name. */
export function folderOf(files: readonly (Blob & Pick<File, 'webkitRelativePath'>)[]): Dropped | null {
  const paths = files.map((file) => ({ file, path: file.webkitRelativePath.split('/') }));
  const name = paths[0]?.path[0];
  if (name === undefined) return null;
  return {
    name,
    files: paths
      .map(({ file, path }) => ({ name: path.slice(1).join('/'), file }))
      .filter((entry) => !entry.name.split('/').some((part) => part.startsWith('.'))),
  };
}
