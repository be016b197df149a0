/** What a model that gives labels makes of its outputs. */
import { badField, type ActivationName, type Config } from './config.ts';

/**
 * `softmax`: one of the labels; `sigmoid`: each label may be one, on its own; `value`: numbers as they are.
 */
export type Scoring = 'softmax' | 'sigmoid' | 'value';

/** What is labelled: the whole text, each of its tokens, or where an answer begins and ends. */
export type Labelled = 'text' | 'tokens' | 'span';

/** Where a family keeps one of its heads: out(norm(act(dense(state)))). */
export interface LabelHeadPlace {
  readonly labels: Labelled;
  /**
   * The state that speaks for a text: the first, the mean of all, that of the last token which is no padding (`last`), or
   * that of the last token that ends a text (`end`); null: every token speaks for itself.
   */
  readonly pooling: 'first' | 'mean' | 'last' | 'end' | null;
  /** [D, D], with a function after it; null: none. */
  readonly dense: {
    readonly name: string;
    readonly bias: boolean;
    readonly activation: ActivationName;
    readonly norm: { readonly name: string; readonly bias: boolean; readonly epsilon: number } | null;
  } | null;
  /** [labels, D], the last part. */
  readonly out: string;
  readonly bias: boolean;
}

/** A head of a model's files. */
export interface LabelHead extends LabelHeadPlace {
  /** Names of the labels, in the order of the outputs; of a span: `start` and `end`. */
  readonly names: readonly string[];
  readonly scoring: Scoring;
  /** Id of the token that `last` passes over, or that `end` looks for; null: there is none. */
  readonly marker: number | null;
}

/** Transformers' words. */
const PROBLEMS: Readonly<Record<string, Scoring>> = {
  single_label_classification: 'softmax',
  multi_label_classification: 'sigmoid',
  regression: 'value',
};

/** Transformers' word for what is made of logits. */
export function problemTypeOf(scoring: Scoring): string {
  const found = Object.entries(PROBLEMS).find(([, own]) => own === scoring);
  return found?.[0] ?? scoring;
}

/** The other way round; null: it is none of Transformers' words. */
export function scoringOfType(type: string): Scoring | null {
  return Object.hasOwn(PROBLEMS, type) ? (PROBLEMS[type] ?? null) : null;
}

/**
 * By `problem_type`; where that is left out, several labels exclude each other.
 * @param single what one output is where nothing says it
 * @throws HeadgateError `bad-config` naming the field.
 */
export function scoringOf(config: Config, labels: number, single: Scoring): Scoring {
  const given = config['problem_type'] ?? null;
  if (given === null) return labels === 1 ? single : 'softmax';
  const scoring = typeof given === 'string' ? scoringOfType(given) : null;
  if (scoring === null)
    throw badField(
      'problem_type',
      given,
      `one of ${Object.keys(PROBLEMS)
        .map((name) => `“${name}”`)
        .join(', ')}`,
    );
  if (scoring === 'softmax' && labels === 1)
    throw badField(
      'problem_type',
      given,
      '“multi_label_classification” (a sigmoid) or “regression”: a softmax over one output is always 1',
    );
  return scoring;
}
