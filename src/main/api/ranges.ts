import type { ByteSource } from '../../common/byte-source.ts';
import { HeadgateError } from '../../common/error.ts';
import { MAX_RANGE } from '../../common/contract.ts';
import { errorResponse } from './errors.ts';

/** Bytes that are read from the disk at a time. */
const PIECE = 1024 * 1024;

/** The bytes of a file that a request asks for: all of them, or one range (RFC 9110, §14). */
export async function rangeResponse(source: ByteSource, header: string | undefined): Promise<Response> {
  const range = header === undefined ? { begin: 0, end: source.size } : parseRange(header, source.size);
  if (range === null || range.end - range.begin > MAX_RANGE) {
    const response = errorResponse(
      new HeadgateError(
        'range-not-satisfiable',
        range === null
          ? `${source.name} has ${source.size} bytes; the range is not one of them.`
          : `A request may ask for at most ${MAX_RANGE} bytes of ${source.name}, not ${range.end - range.begin}.`,
        'Ask for a smaller range inside the file.',
      ),
    );
    response.headers.set('Content-Range', `bytes */${source.size}`);
    return response;
  }
  const { begin, end } = range;
  const headers = new Headers({
    'Content-Type': 'application/octet-stream',
    'Content-Length': String(end - begin),
    'Accept-Ranges': 'bytes',
    'Cache-Control': 'no-store',
  });
  if (header !== undefined) headers.set('Content-Range', `bytes ${begin}-${end - 1}/${source.size}`);
  const body = await stream(source, begin, end);
  return new Response(body, { status: header === undefined ? 200 : 206, headers });
}

/** `bytes=a-b`, `bytes=a-` or `bytes=-n` as [begin, end); null when the file has no such bytes. */
function parseRange(header: string, size: number): { begin: number; end: number } | null {
  const match = /^bytes=(\d{0,16})-(\d{0,16})$/.exec(header.trim());
  const [first, last] = [match?.[1] ?? '', match?.[2] ?? ''];
  if (match === null || (first === '' && last === '')) return null;
  const begin = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size : Math.min(size, Number(last) + 1);
  return begin < end ? { begin, end } : null;
}

/** The first piece is read before anything is answered, so that a file that is gone is an error and no torn body. */
async function stream(source: ByteSource, begin: number, end: number): Promise<ReadableStream<Uint8Array>> {
  const piece = (at: number) => source.read(at, Math.min(end, at + PIECE));
  const first = await piece(begin);
  let position = begin + first.length;
  let next: Uint8Array | null = first;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const bytes = next ?? (await piece(position));
      if (next === null) position += bytes.length;
      next = null;
      if (bytes.length > 0) controller.enqueue(bytes);
      if (position >= end) controller.close();
    },
  });
}
