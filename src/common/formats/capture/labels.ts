/** The labels of a capture, as its metadata tells them: `labels`, `labels_of`, and `problem_type` of a whole text. */
import { problemTypeOf, scoringOfType, type Labelled, type Scoring } from '../../configs/labels.ts';
import { HeadgateError, isWhat, quote } from '../../error.ts';
import { CONFIG_VALUES, parseJson } from '../../json.ts';
import type { StoredTensor } from '../format.ts';

export interface CapturedLabels {
  readonly labels: Labelled;
  /** In the order of the logits; C of them. */
  readonly names: readonly string[];
  readonly scoring: Scoring;
}

const KINDS: readonly Labelled[] = ['text', 'tokens', 'span'];
const MOST = 65_536;
const LONGEST = 1000;
/** Characters of all names. */
const MOST_CHARACTERS = 4 * 2 ** 20;

/** Null: its outputs are no labels. @throws HeadgateError `capture-labels` naming the file, the field and the rule */
export function labelsOf(
  file: string,
  metadata: ReadonlyMap<string, string>,
  tensors: readonly StoredTensor[],
): CapturedLabels | null {
  const json = metadata.get('labels');
  if (json === undefined) return null;
  const bad = (what: string) =>
    new HeadgateError(
      'capture-labels',
      `${quote(file)} is a capture, but ${what}.`,
      'Write it again with “headgate capture”.',
    );
  if (json.length > MOST_CHARACTERS)
    throw bad(`“labels” of its metadata has ${json.length} characters; the limit is ${MOST_CHARACTERS}`);
  const names = namesIn(json);
  if (names === null) throw bad('“labels” of its metadata is no list of names');
  if (names.length > MOST)
    throw bad(`“labels” of its metadata has ${names.length} names; the limit is ${MOST}`);
  const of = metadata.get('labels_of');
  const labels = KINDS.find((kind) => kind === of);
  if (labels === undefined)
    throw bad(`“labels_of” of its metadata ${isWhat(of)}; it must be ${KINDS.map(quote).join(' or ')}`);
  const type = metadata.get('problem_type');
  const scoring = type === undefined ? (names.length > 1 ? 'softmax' : 'sigmoid') : scoringOfType(type);
  if (scoring === null)
    throw bad(
      `“problem_type” of its metadata ${isWhat(type)}; it must be ${(['softmax', 'sigmoid', 'value'] as const).map((one) => quote(problemTypeOf(one))).join(' or ')}`,
    );
  const logits = tensors.find(({ name }) => name === 'logits')?.shape;
  const axes = labels === 'text' ? 1 : 2;
  if (labels !== 'span' && logits !== undefined && (logits.length !== axes || logits.at(-1) !== names.length))
    throw bad(
      `its logits have the shape [${logits.join(', ')}], where ${names.length} labels ${labels === 'text' ? 'of the text' : 'of each token'} ask for [${labels === 'text' ? '' : 'tokens, '}${names.length}]`,
    );
  return { labels, names, scoring };
}

function namesIn(json: string): string[] | null {
  let list: unknown;
  try {
    list = parseJson(json, CONFIG_VALUES);
  } catch {
    return null;
  }
  const isName = (name: unknown): name is string => typeof name === 'string' && name.length <= LONGEST;
  return Array.isArray(list) && list.length > 0 && list.every(isName) ? list : null;
}
