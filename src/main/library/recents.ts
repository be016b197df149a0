import { join } from 'node:path';
import * as v from 'valibot';
import { HeadgateError } from '../../common/error.ts';
import { JsonFile } from './json-file.ts';

const RecentSchema = v.object({
  /** Real path of the folder, or of the one file that was opened. Never leaves the host. */
  path: v.string(),
  name: v.string(),
  modelType: v.nullable(v.string()),
  bytes: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
});

/** A model that was opened earlier, with what the library shows of it. */
export type Recent = v.InferOutput<typeof RecentSchema>;

const MAX_RECENTS = 20;

/** The models that were opened, last first, kept in `recents.json`: what a user opened once stays granted. */
export class Recents {
  private constructor(private readonly file: JsonFile<Recent[]>) {}

  static async load(folder: string): Promise<Recents> {
    return new Recents(await JsonFile.load(join(folder, 'recents.json'), v.array(RecentSchema), []));
  }

  list(): readonly Recent[] {
    return this.file.value;
  }

  /** A list that can't be written must not stand in the way of a model: it is kept in memory then. */
  async add(recent: Recent): Promise<void> {
    const others = this.file.value.filter(({ path }) => path !== recent.path);
    await this.file.save([recent, ...others].slice(0, MAX_RECENTS)).catch((error: unknown) => {
      if (!(error instanceof HeadgateError)) throw error;
    });
  }

  async remove(path: string): Promise<void> {
    await this.file.save(this.file.value.filter((recent) => recent.path !== path));
  }
}
