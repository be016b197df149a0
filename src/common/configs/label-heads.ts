/** Heads that give labels, as Transformers' classes have them: which one a model's files hold, and what it says. */
import type { TensorInfo } from '../contract.ts';
import { badField, flag, type ActivationName, type Config } from './config.ts';
import { expectLinear, expectNorm } from './expected.ts';
import { scoringOf, type Labelled, type LabelHead, type LabelHeadPlace } from './labels.ts';
import { cutPrefix } from './match.ts';
import type { ExpectedTensor } from './spec.ts';

/** A plain linear part over every token's state. */
export function tokenHead(out: string, bias = true): LabelHeadPlace {
  return { labels: 'tokens', pooling: null, dense: null, out, bias };
}

/** A head that tells where an answer begins and ends. */
export const SPAN_HEAD: LabelHeadPlace = {
  ...{ labels: 'span', pooling: null, dense: null, bias: true },
  out: 'qa_outputs',
};

/** A head over one vector of the text, with a hidden layer. */
export function textHead(
  pooling: LabelHeadPlace['pooling'],
  [dense, activation]: readonly [name: string, activation: ActivationName],
  out: string,
): LabelHeadPlace {
  const hidden = { name: dense, bias: true, activation, norm: null };
  return { labels: 'text', pooling, dense: hidden, out, bias: true };
}

/** Classes by the ends of their names; null: one that is not run. */
const CLASSES: readonly (readonly [RegExp, Labelled | null])[] = [
  [/ForSequenceClassification$/, 'text'],
  [/ForTokenClassification$/, 'tokens'],
  [/ForQuestionAnswering(Simple)?$/, 'span'],
  [/ForMultipleChoice$/, null],
];

/** Classes that write or fill masks. */
const WRITES = /(LMHeadModel|DoubleHeadsModel|For(MaskedLM|CausalLM|PreTraining|ConditionalGeneration))$/;

export interface LabelHeadRules {
  readonly prefixes: readonly string[];
  /** The file holds a head over a vocabulary too; left out: no. */
  readonly writes?: boolean;
  /** Ids where config.json says nothing, as Transformers' classes have them; left out: none. */
  readonly defaults?: { readonly padding?: number; readonly end?: number };
}

/**
 * The head with labels that the files hold. `architectures` of the config decides between those that have the same tensors;
 * where it names none of them, the first that the files hold is taken. Null: there is none.
 * @throws HeadgateError `bad-config` naming the field.
 */
export function findLabelHead(
  config: Config,
  tensors: readonly TensorInfo[],
  places: readonly LabelHeadPlace[],
  { prefixes, writes = false, defaults = {} }: LabelHeadRules,
): LabelHead | null {
  const shapes = new Map(tensors.map(({ name, shape }) => [cutPrefix(name, prefixes), shape]));
  const has = (name: string) => shapes.has(`${name}.weight`);
  const architecture = classOf(config);
  const known = CLASSES.find(([end]) => end.test(architecture));
  if (known?.[1] === null || (writes && WRITES.test(architecture))) return null;
  const fits = ({ out, bias, dense, labels }: LabelHeadPlace) =>
    labels === known?.[1]
      ? has(out)
      : has(out) && shapes.has(`${out}.bias`) === bias && (dense === null || has(dense.name));
  const place =
    places.find((candidate) => candidate.labels === known?.[1] && fits(candidate)) ??
    places.find((candidate) => fits(candidate));
  if (place === undefined) return null;
  const names = namesOf(config, place.labels, shapes.get(`${place.out}.weight`)?.[0] ?? 0);
  return {
    ...place,
    names,
    scoring: place.labels === 'text' ? scoringOf(config, names.length, 'value') : 'softmax',
    marker:
      place.pooling === 'last'
        ? tokenId(config, 'pad_token_id', defaults.padding)
        : place.pooling === 'end'
          ? tokenId(config, 'eos_token_id', defaults.end)
          : null,
  };
}

/** What the files must hold of a head. @param width D */
export function expectLabelHead(head: LabelHead | null, width: number): ExpectedTensor[] {
  if (head === null) return [];
  const { dense, out, bias, names } = head;
  return [
    ...(dense === null
      ? []
      : [
          ...expectLinear(dense.name, width, width, dense.bias),
          ...(dense.norm === null ? [] : expectNorm(dense.norm.name, width, dense.norm.bias)),
        ]),
    ...expectLinear(out, names.length, width, bias),
  ];
}

/** Decoders' heads: the last token that is no padding speaks for a text. */
export function decoderHeads(config: Config): readonly LabelHeadPlace[] {
  return [
    { labels: 'text', pooling: 'last', dense: null, out: 'score', bias: false },
    tokenHead('score', flag(config, ['token_classification_bias'], true)),
    tokenHead('classifier'),
    SPAN_HEAD,
  ];
}

function classOf(config: Config): string {
  const given = config['architectures'];
  const [first]: readonly unknown[] = Array.isArray(given) ? given : [given];
  return typeof first === 'string' ? first : '';
}

/** Most labels that are named. */
const MOST_LABELS = 2 ** 20;

/** `id2label`; where the config has none, LABEL_0, LABEL_1, … @param outputs rows of the last matrix */
function namesOf(config: Config, labels: Labelled, outputs: number): readonly string[] {
  if (labels === 'span') return ['start', 'end'];
  const given = config['id2label'] ?? null;
  if (given === null) return Array.from({ length: Math.min(outputs, MOST_LABELS) }, (_, i) => `LABEL_${i}`);
  const names = typeof given === 'object' && !Array.isArray(given) ? Object.entries(given) : null;
  const byId = new Map(names?.map(([id, name]) => [Number(id), name as unknown]));
  const all = Array.from({ length: byId.size }, (_, id) => byId.get(id));
  if (names === null || all.length === 0 || !all.every((name) => typeof name === 'string'))
    throw badField('id2label', given, 'an object that names the labels 0, 1, 2, …');
  return all;
}

/** The id that a field holds, of a list its first; null: there is none. */
function tokenId(config: Config, name: string, otherwise: number | undefined): number | null {
  const given = config[name];
  const [id = null]: readonly unknown[] = Array.isArray(given) ? given : [given];
  if (given === undefined || given === null) return given === null ? null : (otherwise ?? null);
  if (typeof id !== 'number' || !Number.isInteger(id)) throw badField(name, given, 'the id of a token');
  return id;
}
