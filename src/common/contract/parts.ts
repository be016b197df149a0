/** What all of the contract is made of. */
import * as v from 'valibot';

/** Opaque: it stands for a model, a file or a drop, and tells no path. */
export const IdSchema = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,64}$/));
/** A whole number from 0 on. */
export const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

export const ApiErrorSchema = v.object({
  /** kebab-case, stable: `missing-tensor`, `bad-header`, … */
  code: v.string(),
  /** One sentence that names the file, the tensor and the rule. */
  message: v.string(),
  /** One sentence on what to do. */
  hint: v.string(),
});
export type ApiError = v.InferOutput<typeof ApiErrorSchema>;
