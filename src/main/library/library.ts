/** The models that there are: bundled ones, and those that the user opened, now or at an earlier start. */
import { readdir, realpath, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import type { ModelDetail, ModelSummary } from '../../common/contract.ts';
import type { ByteSource } from '../../common/byte-source.ts';
import { HeadgateError, allSettled, quote } from '../../common/error.ts';
import { withModulesAbove } from '../../common/configs/sentence-transformers.ts';
import { deadLink } from '../files/dead-link.ts';
import { GrantedFolder, isInside, isMissing, opaqueId } from '../files/grant.ts';
import { pathError } from '../files/system-error.ts';
import { isCompanion, readModel, type ReadModel } from '../../common/read-model.ts';
import { modelsInside, offeredSubfolder } from '../../common/subfolder.ts';
import { mayBeWeights } from '../../common/file-kind.ts';
import { folderTree } from './folder-tree.ts';
import type { Recents } from './recents.ts';

/** Folders of one run that are listed. */
const MOST_OFFERED = 100;

/** Where a model is. */
interface Place {
  readonly source: 'bundled' | 'opened';
  /** Real path of the folder, or of the one file that was opened. */
  readonly path: string;
  /** What is to be said of how it was found. */
  readonly note?: string;
}

type Offered = Omit<ModelSummary, 'place'> & { readonly path: string };

export interface LibraryOptions {
  /** The folder of the bundled models; it need not be there. */
  readonly bundled: string;
  /** Null: nothing is kept between starts. */
  readonly recents: Recents | null;
}

export class Library {
  private readonly places = new Map<string, Place>();
  /** Models that lie beside one that was opened, in a folder that holds several: nobody opened them yet. */
  private readonly offered = new Map<string, Offered>();
  /** As last read. */
  private readonly models = new Map<string, ReadModel>();

  private constructor(
    private readonly bundled: readonly string[],
    private readonly recents: Recents | null,
  ) {}

  static async load(options: LibraryOptions): Promise<Library> {
    const bundled = await bundledNames(options.bundled);
    const library = new Library(bundled, options.recents);
    for (const name of bundled)
      library.places.set(name, { source: 'bundled', path: join(options.bundled, name) });
    for (const { path } of options.recents?.list() ?? [])
      library.places.set(opaqueId(path), { source: 'opened', path });
    return library;
  }

  /** The id of the model that is opened when the user names none; null without bundled models. */
  get defaultModel(): string | null {
    return this.bundled.includes('headgate-gpt') ? 'headgate-gpt' : (this.bundled[0] ?? null);
  }

  /** Bundled models by name, then the opened ones, last first, then what lies beside those. */
  async list(): Promise<ModelSummary[]> {
    const bundled = await allSettled(this.bundled.map((id) => this.bundledSummary(id)));
    const opened = (this.recents?.list() ?? []).map(({ path, name, modelType, bytes }) => ({
      id: opaqueId(path),
      path,
      name,
      source: 'opened' as const,
      modelType,
      bytes,
    }));
    const isOpened = new Set(opened.map(({ id }) => id));
    const beside = [...this.offered.values()].filter(({ id }) => !isOpened.has(id));
    const names = [...bundled, ...opened, ...beside].map(({ name }) => name);
    const isAlike = (name: string) => names.filter((other) => other === name).length > 1;
    return [
      ...bundled,
      ...[...opened, ...beside].map(({ path, ...model }) =>
        isAlike(model.name) ? { ...model, place: shownPath(path) } : model,
      ),
    ];
  }

  /**
   * Opens what the user named: a bundled model, a folder, or a file in one. Opening grants the folder.
   * @throws HeadgateError `not-found`, or what is wrong with the folder.
   */
  async open(pathOrName: string): Promise<ModelDetail> {
    if (this.bundled.includes(pathOrName)) return this.detail(pathOrName);
    const { path, note } = await this.modelPath(pathOrName);
    const id = opaqueId(path);
    this.places.set(id, { source: 'opened', path, ...(note !== undefined && { note }) });
    try {
      return await this.detail(id);
    } catch (error) {
      const isRecent = this.recents?.list().some((recent) => recent.path === path) ?? false;
      if (!isRecent) this.places.delete(id);
      throw error;
    }
  }

  /**
   * Reads a model's headers and configs as they are now.
   * @throws HeadgateError `not-found` for an unknown id, or what is wrong with the folder.
   */
  async detail(id: string): Promise<ModelDetail> {
    const place = this.places.get(id);
    if (place === undefined) throw unknownModel(id);
    const wanted = (await isFile(place.path)) ? basename(place.path) : null;
    const folder = await GrantedFolder.at(wanted === null ? place.path : dirname(place.path));
    const above = await GrantedFolder.at(dirname(folder.path)).catch(() => null);
    const model = await readModel(await withModulesAbove(folder, above, basename(folder.path)), {
      id,
      source: place.source,
      wanted,
      fileId: (name) => opaqueId(name),
      ...(place.note !== undefined && { note: place.note }),
    });
    this.models.set(id, model);
    if (place.source === 'opened') {
      const { name, modelType, bytes } = model.detail;
      await this.recents?.add({ path: place.path, name, modelType, bytes });
    }
    return model.detail;
  }

  /**
   * The bytes of a model's file, as `detail` listed it.
   * @throws HeadgateError `not-found`
   */
  async file(id: string, file: string): Promise<ByteSource> {
    if (!this.models.has(id)) await this.detail(id);
    const source = this.models.get(id)?.files.get(file);
    if (source === undefined)
      throw new HeadgateError('not-found', `The model has no file ${quote(file)}.`, 'Open the model again.');
    return source;
  }

  /**
   * Forgets an opened model; its files stay.
   * @throws HeadgateError `not-found`, or `bundled` for a model that comes with Headgate.
   */
  async forget(id: string): Promise<void> {
    const place = this.places.get(id);
    if (place === undefined) throw unknownModel(id);
    if (place.source === 'bundled')
      throw new HeadgateError(
        'bundled',
        `${quote(id)} comes with Headgate and stays.`,
        'Forget opened models only.',
      );
    this.places.delete(id);
    this.models.delete(id);
    this.offered.delete(id);
    await this.recents?.remove(place.path);
  }

  private async bundledSummary(id: string): Promise<ModelSummary> {
    try {
      const { name, source, modelType, bytes } = this.models.get(id)?.detail ?? (await this.detail(id));
      return { id, name, source, modelType, bytes };
    } catch (error) {
      // A broken one is still listed: opening it says what is wrong.
      if (error instanceof HeadgateError)
        return { id, name: id, source: 'bundled', modelType: null, bytes: 0 };
      throw error;
    }
  }

  /** Lists what lies in a folder that is no model itself, where there are several to choose from. */
  private async offer(folder: string, models: readonly string[]): Promise<void> {
    if (models.length < 2) return;
    for (const model of models.slice(0, MOST_OFFERED)) {
      // What can't be looked into is not offered.
      const path = await realpath(join(folder, model)).catch(() => null);
      const summary = path === null ? null : await summaryOf(path).catch(() => null);
      if (summary === null) continue;
      this.offered.set(summary.id, summary);
      if (!this.places.has(summary.id)) this.places.set(summary.id, { source: 'opened', path: summary.path });
    }
  }

  /** The real path that stands for a model: its folder, or a single file of weights. */
  private async modelPath(given: string): Promise<Pick<Place, 'path' | 'note'>> {
    const path = resolve(given);
    const stats = await stat(path).catch(async (cause: unknown) => {
      if (!isMissing(cause)) throw pathError(path, cause);
      const link = await deadLink(path);
      if (link !== null) throw link;
      const names = this.bundled.length === 0 ? 'none is bundled' : `bundled: ${this.bundled.join(', ')}`;
      throw new HeadgateError(
        'not-found',
        `${quote(given)} is neither a file or folder nor a bundled model.`,
        `Give the path of a folder, or the name of a bundled model (${names}).`,
        { cause },
      );
    });
    if (stats.isDirectory()) {
      const folder = await realpath(path);
      const tree = await folderTree(folder);
      await this.offer(folder, modelsInside(tree));
      const offer = offeredSubfolder(tree);
      if (offer === null) return { path: folder };
      return { path: await realpath(join(folder, offer.path)), note: offer.note };
    }
    // Only the folder's links are followed here: the file's own may not lead out of it.
    const folder = await realpath(dirname(path));
    return { path: (await standsAlone(folder, basename(path))) ? join(folder, basename(path)) : folder };
  }
}

/** A folder inside of one that was named, as the library lists it: its config is read when it is opened. */
async function summaryOf(path: string): Promise<Offered> {
  const { name, names } = await GrantedFolder.at(path);
  const sizes = await Promise.all(
    names.filter(mayBeWeights).map((file) =>
      stat(join(path, file)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  return { id: opaqueId(path), path, name, source: 'opened', modelType: null, bytes };
}

/** True for a file that is no usual part of a model's folder: not its config, `model.safetensors`, its index, a shard. */
async function standsAlone(folder: string, name: string): Promise<boolean> {
  if (isCompanion(name) || name === 'model.safetensors' || name === 'model.safetensors.index.json')
    return false;
  if (!/-\d{5}-of-\d{5}\.safetensors$/.test(name)) return true;
  return !(await readdir(folder)).some((other) => other.endsWith('.safetensors.index.json'));
}

function unknownModel(id: string): HeadgateError {
  return new HeadgateError('not-found', `There is no model ${quote(id)}.`, 'Choose one from the library.');
}

/** A path as people write it. */
function shownPath(path: string): string {
  const home = homedir();
  return isInside(home, path) ? `~${path.slice(home.length)}` : path;
}

async function isFile(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => null);
  return stats?.isFile() ?? false;
}

/** Each folder is a model, and its name the model's id. */
async function bundledNames(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}
