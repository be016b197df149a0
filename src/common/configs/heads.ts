/** Heads that classify, told by the names of their tensors: the one place that knows them. */
import type { TensorInfo } from '../contract.ts';
import { HeadgateError } from '../error.ts';

/**
 * Transformers' names: `*ForSequenceClassification`, `*ForTokenClassification`, `*ForQuestionAnswering`,
 * `*ForMultipleChoice` and reward models. Each stands beside the model that it reads.
 */
const CLASSIFIER =
  /^(?:classifier|pre_classifier|classification_head|qa_outputs|score|sequence_summary|v_head)\./;
/** What ModernBERT's classifiers and its masked-language head have in common. */
const TRANSFORM = /^head\.(?:dense|norm)\./;
/** The last matrix of a head, which makes the scores: the one to name. */
const LAST = /^(?:classifier|classifier\.out_proj|classification_head\.out_proj|qa_outputs|score)\.weight$/;

/** The tensors of a head that classifies; none: the files have no such head. */
export function classifierTensors(tensors: readonly TensorInfo[]): readonly TensorInfo[] {
  if (!tensors.some(({ name }) => CLASSIFIER.test(name))) return [];
  return tensors.filter(({ name }) => CLASSIFIER.test(name) || TRANSFORM.test(name));
}

/** The name by which people know the head: that of its last matrix. Null: the files have no head that classifies. */
export function classifierName(tensors: readonly TensorInfo[]): string | null {
  const own = classifierTensors(tensors);
  return (own.find(({ name }) => LAST.test(name)) ?? own[0])?.name ?? null;
}

/** @throws HeadgateError `unsupported-head` where an encoder-decoder's decoder feeds a classifier instead of a vocabulary. */
export function refuseClassifier(tensors: readonly TensorInfo[]): void {
  const name = classifierName(tensors);
  if (name === null) return;
  throw new HeadgateError(
    'unsupported-head',
    `The files have a head that Headgate does not run yet (${name}), in place of one that writes.`,
    'Open an encoder-decoder that was saved with its language-model head.',
  );
}
