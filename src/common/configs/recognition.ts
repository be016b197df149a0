export interface Recognised {
  /** What the shape is known as, for people. */
  readonly what: string;
  /** A config.json that runs; the user may correct it. */
  readonly config: Readonly<Record<string, unknown>>;
  /** What the tensors can't tell and was assumed, a sentence each. */
  readonly assumed: readonly string[];
  /** The same for fields that a config.json of the folder may tell: a sentence by the field's name. */
  readonly assumedFields?: Readonly<Record<string, string>>;
}
