/** What a model that gives labels makes of its outputs. */
import { badField, type Config } from './config.ts';

/**
 * `softmax`: one of the labels; `sigmoid`: each label may be one, on its own; `value`: numbers as they are.
 */
export type Scoring = 'softmax' | 'sigmoid' | 'value';

/** Transformers' words. */
const PROBLEMS: Readonly<Record<string, Scoring>> = {
  single_label_classification: 'softmax',
  multi_label_classification: 'sigmoid',
  regression: 'value',
};

/**
 * By `problem_type`; where that is left out, several labels exclude each other.
 * @param single what one output is where nothing says it
 * @throws HeadgateError `bad-config` naming the field.
 */
export function scoringOf(config: Config, labels: number, single: Scoring): Scoring {
  const given = config['problem_type'] ?? null;
  if (given === null) return labels === 1 ? single : 'softmax';
  const scoring = typeof given === 'string' ? PROBLEMS[given] : undefined;
  if (scoring === undefined)
    throw badField(
      'problem_type',
      given,
      Object.keys(PROBLEMS)
        .map((name) => `“${name}”`)
        .join(', '),
    );
  if (scoring === 'softmax' && labels === 1)
    throw badField(
      'problem_type',
      given,
      '“multi_label_classification” (a sigmoid) or “regression”: a softmax over one output is always 1',
    );
  return scoring;
}
