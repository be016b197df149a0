import type { ModelDetail } from '../../../common/contract.ts';
import type { Api } from '../../api.ts';
import { HeadgateError } from '../../../common/error.ts';
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

/** A model that was dropped on the window: file ids are indices into `files`, and no byte travels. */
export function fileSource(model: ModelDetail, files: readonly Blob[]): WeightSource {
  return {
    model,
    read: (id, begin, end, signal) =>
      inPieces(
        async (from, to) => {
          const file = files[Number(id)];
          if (file === undefined) throw lostFile(model.name);
          const bytes = await file
            .slice(from, to)
            .arrayBuffer()
            .catch((cause: unknown) => {
              throw lostFile(model.name, cause);
            });
          if (bytes.byteLength !== to - from) throw lostFile(model.name);
          return new Uint8Array(bytes);
        },
        begin,
        end,
        signal,
      ),
  };
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

function lostFile(model: string, cause?: unknown): HeadgateError {
  return new HeadgateError(
    'file-gone',
    `A file of ${model} can no longer be read.`,
    'Files that were dropped on the window must stay where they are: drop the folder again.',
    { cause },
  );
}
