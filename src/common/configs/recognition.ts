export interface Recognised {
  /** What the shape is known as, for people. */
  readonly what: string;
  /** A config.json that runs; the user may correct it. */
  readonly config: Readonly<Record<string, unknown>>;
  /** What the tensors can't tell and was assumed, a sentence each. */
  readonly assumed: readonly string[];
}
