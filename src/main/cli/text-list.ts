/** `--texts FILE`: one text a line, or one JSON object a line with `text` and, where it is wanted, `id` and `pair`. */
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { HeadgateError, quote } from '../../common/error.ts';
import { pathError } from '../files/system-error.ts';

export interface ListedText {
  /** What its file is called, without the ending. */
  readonly name: string;
  readonly text: string;
  readonly pair?: string;
}

const LARGEST_FILE = 256 * 2 ** 20;
/** Letters of a file's name. */
const LONGEST_NAME = 100;

/** @throws HeadgateError `unreadable`, `bad-texts` that names the line */
export async function readTexts(path: string): Promise<readonly ListedText[]> {
  const name = quote(basename(path));
  const { size } = await stat(path).catch((error: unknown) => {
    throw pathError(path, error);
  });
  if (size > LARGEST_FILE)
    throw badTexts(`${name} has ${size} bytes; a list of texts has ${LARGEST_FILE} at most.`);
  const bytes = await readFile(path).catch((error: unknown) => {
    throw pathError(path, error);
  });
  let content: string;
  try {
    content = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw badTexts(`${name} is not UTF-8 text.`);
  }
  return parseTexts(content, name);
}

/** @param name of the file, for errors */
export function parseTexts(content: string, name: string): readonly ListedText[] {
  const lines = content
    .split(/\r\n|\n|\r/)
    .map((text, index) => ({ text, line: index + 1 }))
    .filter(({ text }) => text.trim() !== '');
  const [first] = lines;
  if (first === undefined) throw badTexts(`${name} holds no text.`);
  const digits = Math.max(4, String(lines.at(-1)?.line ?? 0).length);
  const numbered = (line: number) => String(line).padStart(digits, '0');
  const isJson = objectOf(first.text) !== null;
  const texts = lines.map(({ text, line }) =>
    isJson ? fromJson(text, `Line ${line} of ${name}`, numbered(line)) : { name: numbered(line), text },
  );
  const taken = new Map<string, number>();
  for (const [index, { name: own }] of texts.entries()) {
    // Disks that know no case would keep one file for two.
    const before = taken.get(own.toLowerCase());
    const line = lines[index]?.line ?? 0;
    if (before !== undefined)
      throw badTexts(`Lines ${before} and ${line} of ${name} would both be written to ${own}.safetensors.`);
    taken.set(own.toLowerCase(), line);
  }
  return texts;
}

function fromJson(line: string, where: string, numbered: string): ListedText {
  const found = objectOf(line);
  if (found === null) throw badTexts(`${where} is no JSON object with a “text”, as the first line is.`);
  const { id = null, text, pair } = found;
  if (typeof text !== 'string') throw badTexts(`${where} has no “text”.`);
  if (pair !== undefined && typeof pair !== 'string') throw badTexts(`${where}: “pair” is not a text.`);
  if (id !== null && typeof id !== 'string' && typeof id !== 'number')
    throw badTexts(`${where}: “id” is neither a text nor a number.`);
  const name = id === null ? numbered : fileName(String(id));
  if (name === '') throw badTexts(`${where}: “id” has no letter or digit that a file’s name could have.`);
  return { name, text, ...(pair !== undefined && { pair }) };
}

/** The object of a line that is one with a text; null: it is another line. */
function objectOf(line: string): Readonly<Record<string, unknown>> | null {
  if (!line.trimStart().startsWith('{')) return null;
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && 'text' in value
      ? (value as Readonly<Record<string, unknown>>)
      : null;
  } catch {
    return null;
  }
}

/** An id as the name of a file on any disk. */
function fileName(id: string): string {
  return id
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}._-]+/gu, '-')
    .replace(/^[.-]+|[.-]+$/g, '')
    .slice(0, LONGEST_NAME);
}

function badTexts(message: string): HeadgateError {
  return new HeadgateError(
    'bad-texts',
    message,
    'A list of texts has one text a line, or one JSON object a line: {"id": "a1", "text": "…"}.',
  );
}
