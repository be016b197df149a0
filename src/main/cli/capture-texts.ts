/** `headgate capture MODEL --texts FILE --out-dir D`: many texts, each with a file of its own. */
import { createHash } from 'node:crypto';
import { lstat, mkdir, readdir, realpath, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { HeadgateError, quote } from '../../common/error.ts';
import { readSafetensors } from '../../common/formats/safetensors/file.ts';
import { FileSource } from '../files/file-source.ts';
import { isMissing } from '../files/grant.ts';
import { bundledModelsFolder } from '../files/resources.ts';
import { pathError } from '../files/system-error.ts';
import type { CaptureRequest } from '../jobs/capture-session.ts';
import { runJob, type JobOptions } from '../jobs/run-job.ts';
import { TextsSession, type TextEnd, type TextJob } from '../jobs/texts-session.ts';
import { errorLine } from './error-line.ts';
import type { ListedText } from './text-list.ts';

export interface TextsOptions extends JobOptions {
  readonly texts: readonly ListedText[];
  /** What is captured of each. */
  readonly request: Omit<CaptureRequest, 'text'>;
  /** Folder of the files; it is made when it is not there. */
  readonly folder: string;
  readonly force: boolean;
  /** Told of each text when it is done. */
  readonly note: (line: string) => void;
}

export interface TextsResult {
  readonly folder: string;
  readonly written: readonly string[];
  /** Files that were there already, of the same model, text and options. */
  readonly skipped: readonly string[];
  readonly failed: readonly { readonly file: string; readonly code: string; readonly message: string }[];
}

/**
 * Captures every text that has no finished file yet. What is finished stays when a later text fails or the user interrupts.
 * @throws HeadgateError `exists` for files of something else, `interrupted`
 */
export async function captureTexts(options: TextsOptions): Promise<TextsResult> {
  const folder = resolve(options.folder);
  const made = await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw pathError(folder, error, 'written');
  });
  try {
    return await captureInto(folder, options);
  } finally {
    if (made !== undefined) await removeEmpty(folder, made);
  }
}

/** Folders that were made for files which never came. @param top the first of them */
async function removeEmpty(folder: string, top: string): Promise<void> {
  for (let path = folder; path.startsWith(top); path = dirname(path))
    if (
      !(await rmdir(path).then(
        () => true,
        () => false,
      ))
    )
      return;
}

async function captureInto(folder: string, options: TextsOptions): Promise<TextsResult> {
  const { texts, request, force, note } = options;
  const files = await fingerprint(options.model);
  const jobs = texts.map(({ name, ...text }): TextJob => {
    const { target, generate, window, keep, top } = request;
    // The file of a window has the window's text: the whole one is told apart by its hash.
    const whole = window === undefined ? undefined : hashOf(text.text);
    // What is left out is left out of the JSON.
    const asked = { pair: text.pair ?? request.pair, target, generate, window, keep, top, whole };
    return {
      request: { ...request, ...text },
      target: join(folder, `${name}.safetensors`),
      overwrite: force,
      about: { options: JSON.stringify(asked), model_files: files },
    };
  });
  const states = await Promise.all(jobs.map(stateOf));
  const others = jobs.filter((_, i) => states[i] === 'other');
  const damaged = jobs.filter((_, i) => states[i] === 'damaged');
  if (others.length > 0 && !force) throw othersThere(folder, others);
  if (damaged.length > 0 && !force) throw damagedThere(folder, damaged);
  const skipped = jobs.filter((_, i) => states[i] === 'same');
  const open = jobs.filter((_, i) => states[i] !== 'same');
  if (skipped.length > 0) note(`headgate: ${skipped.length} of ${jobs.length} are there already.`);
  const session = new TextsSession(open, (end, done) =>
    note(progress(end, skipped.length + done, jobs.length)),
  );
  try {
    if (open.length > 0) await runJob(session, options);
  } catch (error) {
    if (!(error instanceof HeadgateError) || session.done.length === 0) throw error;
    const finished = skipped.length + session.done.filter(({ kind }) => kind === 'written').length;
    throw new HeadgateError(
      error.code,
      error.message,
      `${finished} of ${jobs.length} texts are written; the same command goes on with the others.`,
    );
  }
  const nameOf = ({ target }: TextJob) => basename(target);
  return {
    folder,
    written: session.done.filter(({ kind }) => kind === 'written').map(({ job }) => nameOf(job)),
    skipped: skipped.map(nameOf),
    failed: session.done.flatMap((end) =>
      end.kind === 'failed'
        ? [{ file: nameOf(end.job), code: end.error.code, message: end.error.message }]
        : [],
    ),
  };
}

function progress(end: TextEnd, done: number, all: number): string {
  const file = basename(end.job.target);
  const line = `headgate: ${done} of ${all}: ${file}`;
  if (end.kind === 'failed')
    return `${line} was not written. ${errorLine(end.error).replace(/^headgate: /, '')}`;
  return end.result.warning === undefined ? line : `${line} — ${end.result.warning}`;
}

/** Whether a text's file is there, and whether it is what would be written. */
async function stateOf({ target, request, about }: TextJob): Promise<'none' | 'same' | 'other' | 'damaged'> {
  const stats = await lstat(target).catch((error: unknown) => {
    if (isMissing(error)) return null;
    throw pathError(target, error);
  });
  if (stats === null) return 'none';
  try {
    const { metadata } = await readSafetensors(await FileSource.at(await realpath(target), basename(target)));
    const wanted = request.window === undefined ? { text: request.text, ...about } : about;
    return Object.entries(wanted).every(([key, value]) => metadata.get(key) === value) ? 'same' : 'other';
  } catch (error) {
    if (error instanceof HeadgateError) return 'damaged';
    throw error;
  }
}

function othersThere(folder: string, others: readonly TextJob[]): HeadgateError {
  return new HeadgateError(
    'exists',
    `${quote(basename(folder))} holds ${namesOf(others)} of another model, text or options.`,
    'Name another folder, or add --force to replace them.',
  );
}

function damagedThere(folder: string, damaged: readonly TextJob[]): HeadgateError {
  const [what, them] =
    damaged.length === 1 ? ['is no whole capture', 'it'] : ['are no whole captures', 'them'];
  return new HeadgateError(
    'exists',
    `${namesOf(damaged)} in ${quote(basename(folder))} ${what}.`,
    `Delete ${them}, and the same command goes on with the others; --force writes all of them anew.`,
  );
}

/** The first by its name, and how many others. */
function namesOf(jobs: readonly TextJob[]): string {
  const [first, ...more] = jobs.map(({ target }) => quote(basename(target)));
  const others = more.length === 1 ? 'another one' : `${more.length} others`;
  return `${first ?? ''}${more.length === 0 ? '' : ` and ${others}`}`;
}

/** What tells a model's files from others: names, sizes and times. @param model as the user named it */
async function fingerprint(model: string): Promise<string> {
  const bundled = join(bundledModelsFolder(), model);
  const isFolder = (path: string) =>
    stat(path).then(
      (stats) => stats.isDirectory(),
      () => false,
    );
  const path = (await isFolder(bundled)) ? bundled : resolve(model);
  const names = (await isFolder(path)) ? await readdir(path) : [''];
  const facts = await Promise.all(
    names.sort().map(async (name) => {
      const stats = await stat(join(path, name)).catch(() => null);
      return stats?.isFile() === true ? `${name} ${stats.size} ${Math.floor(stats.mtimeMs)}` : '';
    }),
  );
  return hashOf(facts.join('\n'));
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
