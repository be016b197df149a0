import type { ByteSource } from '../../../common/byte-source.ts';
import type { ModelDetail } from '../../../common/contract.ts';
import type { Api } from '../../api.ts';
import { HeadgateError, quote } from '../../../common/error.ts';
import type { WeightSource } from '../../models/weights.ts';

/** Bytes of a piece: large enough that the request costs little, small enough that a cancel is prompt. */
export const PIECE = 8 * 1024 * 1024;

type ReadPiece = (begin: number, end: number, signal: AbortSignal) => Promise<Uint8Array>;

/** A model whose bytes the host serves by ranges. */
export function hostSource(api: Api, model: ModelDetail): WeightSource {
  return {
    model,
    read: (file, begin, end, signal) =>
      inPieces((from, to) => api.bytes(model.id, file, from, to, signal), begin, end, signal),
  };
}

/** A model that this window reads itself: `files` by their ids, no byte travels. */
export function byteSource(model: ModelDetail, files: ReadonlyMap<string, ByteSource>): WeightSource {
  return {
    model,
    read: (id, begin, end, signal) =>
      inPieces((from, to) => sourceOf(model, files, id).read(from, to), begin, end, signal),
  };
}

function sourceOf(model: ModelDetail, files: ReadonlyMap<string, ByteSource>, id: string): ByteSource {
  const file = files.get(id);
  if (file === undefined)
    throw new HeadgateError('not-found', `${model.name} has no file ${quote(id)}.`, 'Open the model again.');
  return file;
}

/** Pieces in order; the next one is read while the last one is used. */
async function* inPieces(
  read: ReadPiece,
  begin: number,
  end: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const start = (at: number): Promise<Uint8Array> | null => {
    if (at >= end) return null;
    const piece = read(at, Math.min(at + PIECE, end), signal);
    // A consumer that stops early must not leave a rejection that nobody hears.
    piece.catch(() => undefined);
    return piece;
  };
  let next = start(begin);
  for (let at = begin; next !== null; at += PIECE) {
    signal.throwIfAborted();
    const piece = await next;
    next = start(at + PIECE);
    yield piece;
  }
}
