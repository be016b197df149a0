/** Everything that comes in is checked here before anything is done with it. */
import * as v from 'valibot';
import { HeadgateError } from '../../common/error.ts';
import { IdSchema } from '../../common/contract.ts';
import { issueWords } from '../../common/issue-words.ts';
import { isDeeper } from '../../common/json-depth.ts';

/** Bytes of the largest JSON body: a drop of 4,096 files with long names. */
const MAX_JSON = 4 * 1024 * 1024;
/** Levels of nesting of a JSON body: writing a deeper value may take more stack than there is. */
const MAX_DEPTH = 64;

const CountSchema = v.pipe(v.string(), v.regex(/^\d{1,16}$/), v.transform(Number), v.safeInteger());

/**
 * A value that fits a schema.
 * @param what names the value in the error
 * @throws HeadgateError `bad-request`
 */
function checked<T>(schema: v.GenericSchema<unknown, T>, value: unknown, what: string): T {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const { field, problem } = issueWords(result.issues[0]);
  throw badRequest(`The ${what} is not valid: ${field === null ? 'it' : `“${field}”`} ${problem}.`);
}

/** A whole number of a path or a query. */
export function checkedCount(value: string | undefined, what: string): number {
  return checked(CountSchema, value, what);
}

/** An id of a path. */
export function checkedId(value: string, what: string): string {
  return checked(IdSchema, value, what);
}

/** The body as JSON that fits a schema. */
export async function jsonBody<T>(schema: v.GenericSchema<unknown, T>, request: Request): Promise<T> {
  const bytes = await bytesBody(request, MAX_JSON);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw badRequest('The body is not JSON.');
  }
  // valibot takes an array for an object without required fields.
  if (Array.isArray(value)) throw badRequest('The body is a JSON array, not an object.');
  if (isDeeper(value, MAX_DEPTH)) throw badRequest(`The body is nested deeper than ${MAX_DEPTH} levels.`);
  return checked(schema, value, 'body');
}

/**
 * The body, when it is no larger than the limit. A larger one is read to its end, since the connection could not be used
 * again otherwise, but not kept.
 * @throws HeadgateError `too-large`
 */
export async function bytesBody(request: Request, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of streamOf(request)) {
    size += chunk.length;
    if (size <= limit) chunks.push(chunk);
    else chunks.length = 0;
  }
  if (size > limit)
    throw new HeadgateError('too-large', `The body is larger than ${limit} bytes.`, 'Send less at a time.');
  const bytes = new Uint8Array(size);
  let position = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, position);
    position += chunk.length;
  }
  return bytes;
}

async function* streamOf(request: Request): AsyncGenerator<Uint8Array> {
  const reader = request.body?.getReader();
  if (reader === undefined) return;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

function badRequest(message: string): HeadgateError {
  return new HeadgateError(
    'bad-request',
    message,
    'This is a defect in Headgate, or a request that does not come from it.',
  );
}
