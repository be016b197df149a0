import type { Dropped } from '../../state/drop.ts';

/** The browser's own folder dialog, for hosts that have none; null when it was closed. */
export function chooseFolder(): Promise<Dropped | null> {
  const input = document.createElement('input');
  input.type = 'file';
  input.webkitdirectory = true;
  return new Promise((chosen) => {
    input.addEventListener('cancel', () => chosen(null));
    input.addEventListener('change', () => chosen(folderOf([...(input.files ?? [])])));
    input.click();
  });
}

/** Files of a picked folder: their paths begin with the folder's name. */
export function folderOf(files: readonly (Blob & Pick<File, 'webkitRelativePath'>)[]): Dropped | null {
  const paths = files.map((file) => ({
    file,
    path: file.webkitRelativePath.split('/'),
  }));
  const name = paths[0]?.path[0];
  if (name === undefined) return null;
  return {
    name,
    files: paths
      .map(({ file, path }) => ({ name: path.slice(1).join('/'), file }))
      .filter((entry) => !entry.name.split('/').some((part) => part.startsWith('.'))),
  };
}
