/** The small files of a model's folder, as the window and the command line both read them: whole, within limits, as text. */
import type { ModelDetail, ModelFile } from './contract.ts';
import { HeadgateError } from './error.ts';
import { parseJson } from './json.ts';

/** The bytes of a file, whole. @throws what its source throws; the reason of a signal that is aborted */
export type ReadFile = (file: ModelFile) => Promise<Uint8Array>;

/** Bytes of a file that is read whole; the largest tokenizers of today take about 35 MiB. */
const MOST_BYTES = 64 * 2 ** 20;
const HINT = 'Save or download the file again.';

/** A file of the folder; null: there is none of that name. */
export function fileNamed(model: Pick<ModelDetail, 'files'>, name: string): ModelFile | null {
  return model.files.find((file) => file.name === name) ?? null;
}

/** The bytes of a file. @throws HeadgateError with this code for one that is too large, before it is read; as `read` */
export async function readBytes(file: ModelFile, read: ReadFile, code: string): Promise<Uint8Array> {
  if (file.size <= MOST_BYTES) return read(file);
  const [size, most] = [file.size, MOST_BYTES].map((bytes) => bytes.toLocaleString('en-US'));
  throw new HeadgateError(code, `${file.name}: it has ${size} bytes; the limit is ${most}.`, HINT);
}

/**
 * The text of a file.
 * @param ignoreBOM a byte order mark stays at its beginning
 * @throws HeadgateError with this code for one that is too large or not UTF-8; as `read`
 */
export async function readText(
  file: ModelFile,
  read: ReadFile,
  code: string,
  ignoreBOM = false,
): Promise<string> {
  const bytes = await readBytes(file, read, code);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM }).decode(bytes);
  } catch (cause) {
    throw new HeadgateError(code, `${file.name}: it is not valid UTF-8.`, HINT, { cause });
  }
}

/**
 * A config file of the folder.
 * @returns undefined without one
 * @throws HeadgateError `bad-config` that names the file, and the place of what is no JSON; as `read`
 */
export async function readJsonFile(
  model: Pick<ModelDetail, 'files'>,
  name: string,
  read: ReadFile,
): Promise<unknown> {
  const file = fileNamed(model, name);
  if (file === null) return undefined;
  const text = await readText(file, read, 'bad-config');
  try {
    return parseJson(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new HeadgateError('bad-config', `${name} ${reason}.`, HINT, { cause });
  }
}
