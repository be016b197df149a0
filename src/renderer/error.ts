import type { ApiError } from '../main/api/contract.ts';

/** The renderer's side of the one error that users see: one sentence, and what to do. */
export class AppError extends Error implements ApiError {
  constructor(
    readonly code: string,
    message: string,
    readonly hint: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'AppError';
  }
}

/** Any thrown value as the error that users see; an abort stays an abort and is the caller's to ignore. */
export function toApiError(thrown: unknown): ApiError {
  if (isApiError(thrown)) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return {
    code: 'internal',
    message,
    hint: 'This is a defect in Headgate: please report it with these words.',
  };
}

function isApiError(value: unknown): value is ApiError {
  return (
    typeof value === 'object' && value !== null && 'code' in value && 'hint' in value && 'message' in value
  );
}
