/** One stack of recurrent layers with what stands before and behind it, told by names and shapes. */
import type { Recognised } from './recognition.ts';
import { normOf } from './recognise-norm.ts';
import type { Shapes } from './recognise-stack.ts';
import { tableCopies, tableOf } from './recognise-table.ts';
import { findLayers, isLayerName, outputsOf, type FoundLayer, type FoundLayers } from './recurrent-parts.ts';

/** A matrix with its bias. */
interface Linear {
  /** Name without `.weight`. */
  readonly stem: string;
  readonly weight: string;
  readonly bias: string | null;
  readonly rows: number;
  readonly columns: number;
}

interface Attention {
  readonly config: { readonly size: number | null; readonly activation: 'tanh' | 'none' };
  readonly names: Readonly<Record<string, string>>;
  readonly used: readonly string[];
}

const NATURAL = new Intl.Collator('en', { numeric: true });
/** Linear layers whose orders are tried. */
const MOST_LINEAR = 8;
const WORDS = { rnn: 'a vanilla RNN', gru: 'a GRU', lstm: 'an LSTM' } as const;
/** What a training module keeps beside its model: weights of classes in the loss, counts of metrics. */
const TRAINING =
  /(^|\.)(criterion|loss(_fn?|_fct|_function)?|metrics?|(train|val|valid|test)_(acc|accuracy|f1|loss|metrics?)\w*)\.[^.]+$/;
const ATTENTION = /att|score|energy|context|pool|(^|\.)w_?s\d?(\.|$)|(^|\.)[uvw](\.|$)/i;

/** One RNN, LSTM or GRU (cells too) with an embedding or one-hot inputs, attention or none, and linear layers. */
export function network(shapes: Shapes): Recognised | null {
  const found = findLayers(shapes);
  const [first] = found?.layers ?? [];
  const last = found?.layers.at(-1);
  if (found === null || first === undefined || last === undefined) return null;
  const width = outputsOf(last);
  const table = tableOf(shapes, first.inputs);
  if (table === null && first.inputs === 1) return null;
  const copies = new Set([...found.copies, ...tableCopies(shapes, table)]);
  const training = [...shapes.keys()].filter((name) => TRAINING.test(name));
  const unused = new Set([...copies, ...training]);
  const rest = new Map(
    [...shapes].filter(([name]) => !isLayerName(name) && name !== table && !unused.has(name)),
  );
  const attention = attentionOf(rest, width);
  for (const name of attention?.used ?? []) rest.delete(name);
  const norm = normOf(rest, width);
  for (const name of norm?.used ?? []) rest.delete(name);
  const linears = chain(linearsOf(rest), width);
  if (linears === null) return null;
  const [vocab = first.inputs, embedding] = table === null ? [] : (shapes.get(table) ?? []);
  const head = linears.at(-1);
  // Without a matrix of its own a language model's head is its table.
  const isTied = head === undefined && table !== null && embedding === width && attention === null;
  if (head === undefined && !isTied) return null;
  const outputs = head?.rows ?? vocab;
  const isBoth = found.layers.some((layer) => layer.isBoth);
  const isModel = outputs === vocab && !isBoth && attention === null;
  const hidden = linears.slice(0, -1);
  return {
    what: `${found.layers.length > 1 && found.prefix === null ? `${found.layers.length} layers of ` : ''}${WORDS[first.cell]} ${isModel ? 'language model' : attention === null ? 'classifier' : 'classifier that pools by attention'}`,
    config: {
      model_type: isModel ? 'rnn-lm' : 'rnn-classifier',
      vocab_size: vocab,
      embedding_size: table === null ? 'one-hot' : first.inputs,
      rnn: stackOf(found),
      ...(isTied && { tie_embeddings: true }),
      ...(!isModel && {
        labels: Array.from({ length: outputs }, (_, k) => `label ${k}`),
        pooling: attention === null ? 'last' : 'attention',
        ...(attention !== null && { attention: attention.config }),
      }),
      ...(norm !== null && { layer_norm: {} }),
      ...(hidden.length > 0 && {
        hidden_layers: hidden.map(({ rows }) => ({ size: rows, activation: 'relu' })),
      }),
      tokenizer: { kind: 'auto' },
      tensor_names: Object.fromEntries(
        [...namesOf(found, table, { ...attention?.names, ...norm?.names }, linears)].filter(
          ([documented, actual]) => documented !== actual,
        ),
      ),
      ...(unused.size > 0 && { unused_tensors: [...unused] }),
    },
    assumed: assumptions(first.cell, {
      isModel,
      attention,
      outputs,
      hidden: hidden.length,
      hasNorm: norm !== null,
      copies: copies.size,
      training,
      oneHot: table === null ? first.inputs : null,
    }),
  };
}

function stackOf({ layers, prefix }: FoundLayers): Record<string, unknown> {
  const [first] = layers;
  const same = <Value>(values: readonly Value[]) =>
    values.every((value) => value === values[0]) ? values[0] : values;
  return {
    cell: first?.cell,
    hidden_size: same(layers.map(({ units }) => units)),
    ...(layers.length > 1 && { num_layers: layers.length }),
    ...(layers.some(({ isBoth }) => isBoth) && { bidirectional: same(layers.map(({ isBoth }) => isBoth)) }),
    ...((first?.projection ?? null) !== null && { projection_size: first?.projection }),
    ...(first?.hasBias === false && { bias: false }),
    ...(prefix !== null && { prefix }),
  };
}

function linearsOf(shapes: Shapes): Linear[] {
  return [...shapes].flatMap(([weight, shape]) => {
    if (shape.length !== 2 || !/(^|\.)weight$/.test(weight)) return [];
    const stem = weight.replace(/\.?weight$/, '');
    const bias = stem === '' ? 'bias' : `${stem}.bias`;
    const [rows = 0, columns = 0] = shape;
    return [{ stem, weight, bias: shapes.has(bias) ? bias : null, rows, columns }];
  });
}

/** Linear layers one behind the other, from the states on; null where one of them has no place. */
function chain(linears: readonly Linear[], width: number): Linear[] | null {
  if (linears.length > MOST_LINEAR) return null;
  if (linears.length === 0) return [];
  for (const next of [...linears].sort((a, b) => NATURAL.compare(a.stem, b.stem))) {
    if (next.columns !== width) continue;
    const others = chain(
      linears.filter((one) => one !== next),
      next.rows,
    );
    if (others !== null) return [next, ...others];
  }
  return null;
}

/** Pooling by attention: W [A, W] and u [1, A], [A] or [A, 1], or u over the states themselves. */
function attentionOf(shapes: Shapes, width: number): Attention | null {
  const named = [...shapes].filter(([name]) => ATTENTION.test(name));
  const isVector = (shape: readonly number[], size: number) =>
    shape.reduce((product, one) => product * one, 1) === size &&
    shape.length <= 2 &&
    (shape.length === 1 || shape.includes(1));
  const biasOf = (weight: string) => weight.replace(/weight$/, 'bias');
  const withBias = (documented: string, weight: string): [string, string][] => [
    [`${documented}.weight`, weight],
    ...(biasOf(weight) !== weight && shapes.has(biasOf(weight))
      ? ([[`${documented}.bias`, biasOf(weight)]] as [string, string][])
      : []),
  ];
  const made = (size: number | null, activation: 'tanh' | 'none', names: [string, string][]): Attention => ({
    config: { size, activation },
    names: Object.fromEntries(names),
    used: names.map(([, actual]) => actual),
  });
  const key = named.find(
    ([name, shape]) => shape.length === 2 && shape[1] === width && (shape[0] ?? 0) > 1 && !/bias$/.test(name),
  );
  const size = key?.[1][0] ?? 0;
  const score = named.find(
    ([name, shape]) =>
      name !== key?.[0] && !/bias$/.test(name) && isVector(shape, key === undefined ? width : size),
  );
  if (score === undefined) return null;
  if (key !== undefined)
    return made(size, 'tanh', [
      ...withBias('attention.key', key[0]),
      ...withBias('attention.score', score[0]),
    ]);
  // A bare vector is multiplied by tanh of the states (Zhou et al. 2016), a linear layer by the states.
  return made(null, score[0].endsWith('weight') ? 'none' : 'tanh', withBias('attention.score', score[0]));
}

function* namesOf(
  { layers, prefix }: FoundLayers,
  table: string | null,
  others: Readonly<Record<string, string>>,
  linears: readonly Linear[],
): Generator<readonly [documented: string, actual: string]> {
  if (table !== null) yield ['embedding.weight', table];
  if (prefix === null)
    for (const [k, { names }] of layers.entries())
      for (const [role, actual] of names) {
        const [plain = role, reverse] = role.split('_reverse');
        yield [`rnn.${plain}_l${k}${reverse === undefined ? '' : '_reverse'}`, actual];
      }
  yield* Object.entries(others);
  for (const [k, { weight, bias }] of linears.entries()) {
    const name = k + 1 === linears.length ? 'linear' : `hidden.${k}`;
    yield [`${name}.weight`, weight];
    if (bias !== null) yield [`${name}.bias`, bias];
  }
}

function assumptions(
  cell: FoundLayer['cell'],
  {
    isModel,
    attention,
    outputs,
    hidden,
    hasNorm,
    copies,
    training,
    oneHot,
  }: {
    readonly isModel: boolean;
    readonly attention: Attention | null;
    readonly outputs: number;
    readonly hidden: number;
    readonly hasNorm: boolean;
    readonly copies: number;
    readonly training: readonly string[];
    /** Entries of a one-hot input; null: there is an embedding. */
    readonly oneHot: number | null;
  },
): string[] {
  return [
    'The vocabulary stands in vocab.txt, one entry a line, in the order of its ids, or in vocab.json: characters or words, as its entries are. Without such a file a text is a list of ids.',
    ...(oneHot === null
      ? []
      : [
          `There is no embedding: what the network reads is taken as one-hot, ${oneHot} entries; one that reads measurements is no model of texts.`,
        ]),
    ...(cell === 'rnn' ? ['The layers use tanh; the tensors can’t tell it from ReLU.'] : []),
    ...(cell === 'gru' ? ['The reset gate is applied after the recurrent product, as PyTorch does.'] : []),
    ...(hasNorm
      ? [
          `A LayerNorm stands between the ${isModel ? 'states' : 'pooled states'} and the linear layers, with an epsilon of 1e-5 (“layer_norm” in config.json says another).`,
        ]
      : []),
    ...(hidden > 0
      ? [`Between linear layers stands a ReLU (“hidden_layers” in config.json says another).`]
      : []),
    ...(isModel || attention !== null ? [] : ['The last states decide; a tagger has the same tensors.']),
    ...(attention === null
      ? []
      : [
          attention.config.activation === 'tanh'
            ? `The weight of a step is softmax(u · tanh(${attention.config.size === null ? 'h' : 'W h'})).`
            : 'The weight of a step is softmax(u · h), without a tanh.',
        ]),
    ...(!isModel && outputs === 1
      ? ['The output is a sigmoid (“problem_type” in config.json says another).']
      : []),
    ...(copies > 0
      ? [
          `${copies === 1 ? 'A tensor that repeats' : `${copies} tensors that repeat`} others (weight drop, word drop) ${copies === 1 ? 'is' : 'are'} left aside.`,
        ]
      : []),
    ...(training.length > 0 ? [`What belongs to the training is left aside: ${listed(training)}.`] : []),
  ];
}

/** What keeps such a file from being recognised: the tensors without a place, and what was expected; null: it has no recurrent layer. */
export function whyNotNetwork(shapes: Shapes): string | null {
  const names = [...shapes.keys()].filter(isLayerName);
  if (names.length === 0) return null;
  const found = findLayers(shapes);
  const [first] = found?.layers ?? [];
  const last = found?.layers.at(-1);
  if (found === null || first === undefined || last === undefined) {
    const stems = [
      ...new Set(names.map((name) => name.replace(/(weight|bias)_(ih|hh|hr).*$/, '') || '(none)')),
    ];
    return `it has recurrent layers under ${listed(stems)}, which are no single stack: each must read what the one before gives, and all be of one kind`;
  }
  const width = outputsOf(last);
  const table = tableOf(shapes, first.inputs);
  if (table === null && first.inputs === 1)
    return 'its recurrent layer reads one number at a step, as of a measurement, where a model of texts reads the row of an embedding or a one-hot vector';
  const copies = new Set(found.copies);
  const others = [...shapes].filter(([name]) => !isLayerName(name) && name !== table && !copies.has(name));
  const told = others.map(([name, shape]) => `“${name.slice(0, 80)}” [${shape.join(', ')}]`);
  return `it has ${found.layers.length === 1 ? 'a recurrent layer' : `${found.layers.length} recurrent layers`} (${WORDS[first.cell].replace(/^an? /, '')}, ${first.inputs} → ${width})${table === null ? '' : ` and the embedding “${table}”`}; beside ${told.length === 0 ? 'them there is nothing' : listed(told)}, expected are ${table === null ? `an embedding [words, ${first.inputs}], ` : ''}linear layers from [size, ${width}] on with their biases, or pooling by attention before them`;
}

function listed(words: readonly string[]): string {
  const shown = words.slice(0, 6);
  return words.length > shown.length
    ? `${shown.join(', ')} and ${words.length - shown.length} more`
    : shown.join(', ');
}
