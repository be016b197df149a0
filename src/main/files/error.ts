/**
 * The one error of the host that users see: what went wrong in one sentence, and what to do.
 * Anything else that is thrown is a defect and is reported as `internal`.
 */
export class HeadgateError extends Error {
  constructor(
    /** kebab-case and stable: `missing-tensor`, `bad-header`, … */
    readonly code: string,
    message: string,
    readonly hint: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'HeadgateError';
  }

  /** The three fields that cross the contract. */
  toJSON(): { code: string; message: string; hint: string } {
    return { code: this.code, message: this.message, hint: this.hint };
  }
}
