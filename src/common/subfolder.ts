/** Folders that hold no model themselves and have one inside: a Trainer's runs, Hugging Face's cache. */
import { MODULES } from './configs/sentence-transformers.ts';
import { HeadgateError, quote } from './error.ts';
import { mayBeWeights } from './file-kind.ts';

/** What a folder holds: names of its files, and for its subfolders theirs. */
export interface FolderTree {
  readonly name: string;
  readonly files: readonly string[];
  /** By the path inside of the folder, with forward slashes, two levels deep. */
  readonly folders: ReadonlyMap<string, readonly string[]>;
  /** The revision that `refs/main` of a cached repository names; null: there is none. */
  readonly main: string | null;
}

/** The subfolder to open in the place of the folder, and a sentence on it. */
export interface Offer {
  readonly path: string;
  readonly note: string;
}

const CHECKPOINT = /^checkpoint-(\d+)$/;
const MOST_NAMED = 5;

/**
 * @returns null: the folder is a model itself, or nothing inside of it is one
 * @throws HeadgateError `choose-subfolder` where several folders inside of it are models
 */
export function offeredSubfolder(tree: FolderTree): Offer | null {
  const models = modelsInside(tree);
  if (models.length === 0) {
    const repositories = holdsWeights(tree.files) ? [] : [...tree.folders.keys()].filter(isRepository);
    if (repositories.length > 0) throw whichRepository(tree.name, repositories);
    return null;
  }
  return cached(tree, models) ?? checkpoint(tree, models) ?? only(tree, models);
}

const isRepository = (path: string) => /^models--[^/]+$/.test(path);

function whichRepository(name: string, repositories: readonly string[]): HeadgateError {
  const count = repositories.length;
  return new HeadgateError(
    'choose-subfolder',
    `${quote(name)} is Hugging Face's cache with ${count === 1 ? 'a repository' : `${count} repositories`}: ${listed(repositories)}.`,
    `Open ${count === 1 ? 'it' : 'one of them'}: ${quote(`${name}/${repositories[0] ?? ''}`)}.`,
  );
}

/** Paths of the folders inside of it that are models; none where it is a model itself. */
export function modelsInside({ files, folders }: FolderTree): readonly string[] {
  if (holdsWeights(files)) return [];
  // Of sentence-transformers' folders the first one is the model; 2_Dense is a step after it.
  const isStep = (path: string) => files.includes(MODULES) && /^[1-9]\d*_/.test(path);
  return [...folders].filter(([path, inner]) => holdsWeights(inner) && !isStep(path)).map(([path]) => path);
}

/** A repository of Hugging Face's cache: what its main branch was when it was downloaded. */
function cached({ name, main }: FolderTree, models: readonly string[]): Offer | null {
  const snapshots = models.filter((path) => /^(?:snapshots\/)?[^/]+$/.test(path));
  const isCache = name.startsWith('models--') || name === 'snapshots';
  if (!isCache || snapshots.length === 0) return null;
  const own = snapshots.find((path) => path.split('/').at(-1) === main) ?? snapshots.at(-1) ?? '';
  const more = snapshots.length - 1;
  return {
    path: own,
    note: `Opened was the snapshot ${quote(own)} of Hugging Face's cache${more === 0 ? '' : `; ${more === 1 ? 'another one is' : `${more} others are`} beside it, and in the library`}.`,
  };
}

/** A Trainer's folder: its last checkpoint. */
function checkpoint({ name }: FolderTree, models: readonly string[]): Offer | null {
  const step = (path: string) => Number(CHECKPOINT.exec(path)?.[1] ?? NaN);
  const found = models.filter((path) => CHECKPOINT.test(path)).sort((a, b) => step(b) - step(a));
  const [last, ...earlier] = found;
  if (last === undefined || found.length < models.length) return null;
  const others = earlier.length === 0 ? '' : `, the last of ${found.length} (${listed(earlier)})`;
  return {
    path: last,
    note: `${quote(name)} holds no weights itself: opened was ${last} inside of it${others}.${earlier.length === 0 ? '' : ' The library lists the others.'}`,
  };
}

function only({ name }: FolderTree, models: readonly string[]): Offer | null {
  const near = models.filter((path) => !path.includes('/'));
  const [first, ...others] = near;
  if (first === undefined) return null;
  if (others.length === 0)
    return { path: first, note: `${quote(name)} holds no weights itself: opened was ${first} inside of it.` };
  throw new HeadgateError(
    'choose-subfolder',
    `${quote(name)} holds no weights itself; ${near.length} folders inside of it do: ${listed(near)}.`,
    `Open one of them, such as ${quote(`${name}/${near.at(-1) ?? ''}`)}: the window’s library lists them.`,
  );
}

function holdsWeights(files: readonly string[]): boolean {
  return files.some((name) => mayBeWeights(name) || /\.(?:safetensors|bin)\.index\.json$/.test(name));
}

function listed(names: readonly string[]): string {
  const more = names.length - MOST_NAMED;
  return `${names.slice(0, MOST_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
