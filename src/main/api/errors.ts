import type { ApiError } from '../../common/contract.ts';
import { toApiError as common } from '../../common/error.ts';
import { isSystemError, pathError } from '../files/system-error.ts';

/** HTTP statuses of error codes. What is wrong with a model's files is 422: the request was fine, the files are not. */
const STATUSES: Readonly<Record<string, number>> = {
  'bad-request': 400,
  'bad-range': 400,
  'bad-path': 400,
  'not-allowed': 403,
  'not-found': 404,
  'no-job': 404,
  'method-not-allowed': 405,
  bundled: 409,
  'file-changed': 409,
  'job-order': 409,
  'too-large': 413,
  'range-not-satisfiable': 416,
  internal: 500,
  unreadable: 500,
  unwritable: 500,
  'settings-unwritable': 500,
  'no-dialog': 501,
};

/** Any thrown value as the error that users see: what the system says of a path is no defect. */
export function toApiError(thrown: unknown): ApiError {
  return common(isSystemError(thrown) && thrown.path !== undefined ? pathError(thrown.path, thrown) : thrown);
}

/** Any thrown value as a response. */
export function errorResponse(thrown: unknown): Response {
  const error = toApiError(thrown);
  const headers = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' };
  return new Response(JSON.stringify(error), { status: STATUSES[error.code] ?? 422, headers });
}
