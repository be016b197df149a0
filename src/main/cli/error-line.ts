import type { ApiError } from '../../common/contract.ts';

/** An error as the one line that goes to stderr. */
export function errorLine({ message, hint }: ApiError): string {
  return `headgate: ${message} ${hint}`.replace(/\s+/g, ' ').trim();
}
