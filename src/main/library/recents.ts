import { join } from 'node:path';
import * as v from 'valibot';
import { HeadgateError } from '../../common/error.ts';
import { JsonFile } from './json-file.ts';

/** Loose: what a later version adds to an entry stays. */
const RecentSchema = v.looseObject({
  /** Real path of the folder, or of the one file that was opened. Never leaves the host. */
  path: v.string(),
  name: v.string(),
  modelType: v.nullable(v.string()),
  bytes: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
});

/** A model that was opened earlier, with what the library shows of it. */
export type Recent = v.InferOutput<typeof RecentSchema>;

const MAX_RECENTS = 20;

/**
 * The models that were opened, last first, kept in `recents.json`: what a user opened once stays granted. A host knows
 * those that it found at its start and those that were opened in it; the file has all hosts' models.
 */
export class Recents {
  private constructor(
    private readonly file: JsonFile,
    private known: readonly Recent[],
    /** What could not be used, a sentence each. */
    readonly faults: readonly string[],
  ) {}

  static async load(folder: string): Promise<Recents> {
    const file = await JsonFile.load(join(folder, 'recents.json'), 'list');
    const recents = understood(file.content);
    const isWhole =
      file.content === undefined || (Array.isArray(file.content) && file.content.length === recents.length);
    const faults = isWhole ? [] : ['Some entries of "recents.json" are no models, so they are left out.'];
    return new Recents(file, recents, [...file.faults, ...faults]);
  }

  list(): readonly Recent[] {
    return this.known;
  }

  /** A list that can't be written must not stand in the way of a model: it is kept in memory then. */
  async add(recent: Recent): Promise<void> {
    this.known = first(recent, this.known);
    await this.file
      .update((content) => first(recent, understood(content)))
      .catch((error: unknown) => {
        if (!(error instanceof HeadgateError)) throw error;
      });
  }

  async remove(path: string): Promise<void> {
    const others = (list: readonly Recent[]) => list.filter((recent) => recent.path !== path);
    this.known = others(this.known);
    await this.file.update((content) => others(understood(content)));
  }
}

function first(recent: Recent, list: readonly Recent[]): Recent[] {
  const known = list.find(({ path }) => path === recent.path);
  const others = list.filter(({ path }) => path !== recent.path);
  return [{ ...known, ...recent }, ...others].slice(0, MAX_RECENTS);
}

/** The entries of a file's content that are models. */
function understood(content: unknown): Recent[] {
  if (!Array.isArray(content)) return [];
  return content.filter((entry): entry is Recent => v.is(RecentSchema, entry));
}
