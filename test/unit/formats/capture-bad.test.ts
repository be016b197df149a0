/** Captures that are refused, each with the whole of what is said. */
import { expect, test } from 'vitest';
import { format } from '../../../src/common/formats/capture/index.ts';
import { folderOf } from './folder.ts';
import { captureOf, good, npyOf, npyTexts, npzOf, TOKENS, type Shapes } from './make-capture.ts';
import { rejection } from './make-safetensors.ts';

const SAFE = 'run.safetensors';
const NPZ = 'run.npz';
const AGAIN = 'Write it again with “headgate capture” or save_capture of headgate-export.';
const OTHER_RUN =
  'The capture was put together of different runs, or its tokens are missing: write it again.';

const tokens = (json: string, field = 'tokens') =>
  captureOf({ 'hidden_states.0': [2, 3] }, { ...good, [field]: json });
const source = JSON.stringify(['a', 'b', 'c']);
const withSource = (shapes: Shapes) => captureOf(shapes, { ...good, source_tokens: source });

const badTokens: readonly [what: string, json: string, says: string][] = [
  ['no text at all', '', 'is not valid JSON'],
  ['half a list', '["a",', 'is not valid JSON'],
  ['two lists', '[] []', 'is not valid JSON'],
  ['a Python list', "['a']", 'is not valid JSON'],
  ['a list of 5,000 levels', '['.repeat(5000), 'is not valid JSON'],
  ['an object', '{}', 'is no list of tokens'],
  ['a text', '"the whale"', 'is no list of tokens'],
  ['null', 'null', 'is no list of tokens'],
  ['a number', '7', 'is no list of tokens'],
  ['an empty list', '[]', 'is empty'],
  ['131,073 tokens', `[${'"",'.repeat(2 ** 17)}""]`, 'has 131073 tokens; the limit is 131072'],
  ['a number for a token', '["a",3]', 'has no text for token 1'],
  ['null for a token', '[null]', 'has no text for token 0'],
  ['a list for a token', '[["a"]]', 'has no text for token 0'],
  ['a token without text', '[{"id":1}]', 'has no text for token 0'],
  ['a token whose text is a number', '[{"text":1}]', 'has no text for token 0'],
  [
    'a text of 1,001 characters',
    JSON.stringify(['x'.repeat(1001)]),
    'has a text of 1001 characters for token 0; the limit is 1000',
  ],
  ['a negative id', '["a",{"text":"b","id":-1}]', 'has no id for token 1 that counts from 0'],
  ['half an id', '[{"text":"b","id":1.5}]', 'has no id for token 0 that counts from 0'],
  ['an id in quotes', '[{"text":"b","id":"1"}]', 'has no id for token 0 that counts from 0'],
  ['an id that is null', '[{"text":"b","id":null}]', 'has no id for token 0 that counts from 0'],
  ['an id beyond 2^53', '[{"text":"b","id":9007199254740993}]', 'has no id for token 0 that counts from 0'],
  [
    'a mark of special tokens in quotes',
    '[{"text":"b","special":"no"}]',
    'has a “special” for token 0 that is neither true nor false',
  ],
];

const shaped = (name: string, shape: string, wanted: string) =>
  `"run.safetensors" has "${name}" of shape [${shape}]; its text asks for [${wanted}].`;
const stackedShape = (name: string, shape: string, wanted: string) =>
  `"run.safetensors" has "${name}" of shape [${shape}]; an array of all layers is [layers, ${wanted}].`;
const STACK = 'Stack the outputs of all layers, or save each under its own name, such as hidden_states.0.';
const batch = (texts: number) =>
  `It seems to hold a batch of ${texts} texts: save one of them, such as array[0].`;
const twice = (file: string, name: string) =>
  `"${file}" holds "${name}" twice: by itself and in an array of all layers, or under two spellings.`;
const TOGETHER = 'Save the layers that go together in a capture of their own.';

type Row = readonly [
  what: string,
  file: string,
  bytes: Uint8Array,
  code: string,
  message: string,
  hint: string,
];
const bad: readonly Row[] = [
  ...badTokens.map(([what, json, says]): Row => [
    `tokens: ${what}`,
    SAFE,
    tokens(json),
    'capture-tokens',
    `"run.safetensors" is a capture, but "tokens" of its metadata ${says}.`,
    AGAIN,
  ]),
  ...badTokens
    .slice(5, 12)
    .map(([what, json, says]): Row => [
      `source tokens: ${what}`,
      SAFE,
      tokens(json, 'source_tokens'),
      'capture-tokens',
      `"run.safetensors" is a capture, but "source_tokens" of its metadata ${says}.`,
      AGAIN,
    ]),
  ...(
    [
      ['hidden_states.0', [3, 4], '2 tokens, units', OTHER_RUN],
      ['hidden_states.0', [2, 0], '2 tokens, units', OTHER_RUN],
      ['hidden_states.0', [2], '2 tokens, units', OTHER_RUN],
      ['hidden_states.0', [4, 2, 3], '2 tokens, units', batch(4)],
      ['attentions.1', [4, 2, 3], 'heads, 2 tokens, 2 tokens', OTHER_RUN],
      ['attentions.0', [2, 2], 'heads, 2 tokens, 2 tokens', OTHER_RUN],
      ['attentions.0', [0, 2, 2], 'heads, 2 tokens, 2 tokens', OTHER_RUN],
      ['attentions.0', [8, 4, 2, 2], 'heads, 2 tokens, 2 tokens', batch(8)],
      ['decoder_attentions.0', [1, 3, 2], 'heads, 2 tokens, 2 tokens', OTHER_RUN],
      ['decoder_hidden_states.0', [3, 2], '2 tokens, units', OTHER_RUN],
      ['cross_attentions.0', [1, 2, 4], 'heads, 2 tokens, 2 tokens', OTHER_RUN],
      ['mlp.0', [3, 4], '2 tokens, units', OTHER_RUN],
      ['rnn.0.hidden', [5, 4], '2 tokens, units', OTHER_RUN],
      ['rnn.1.reverse.gates.forget', [2], '2 tokens, units', OTHER_RUN],
      ['rnn.0.gradient_norm', [2, 1], '2 tokens', OTHER_RUN],
      ['embeddings', [1, 4], '2 tokens, units', OTHER_RUN],
      ['start_logits', [3], '2 tokens', OTHER_RUN],
      ['attention.weights', [1, 3], 'rows, 2 tokens', OTHER_RUN],
    ] as const
  ).map(([name, shape, wanted, hint]): Row => [
    `${name} [${shape.join()}]`,
    SAFE,
    captureOf({ [name]: shape }),
    'capture-shape',
    shaped(name, shape.join(', '), wanted),
    hint,
  ]),
  ...(
    [
      ['encoder_hidden_states.0', [2, 4], '3 source tokens, units'],
      ['encoder_attentions.0', [1, 2, 2], 'heads, 3 source tokens, 3 source tokens'],
      ['cross_attentions.0', [1, 3, 2], 'heads, 2 tokens, 3 source tokens'],
      ['encoder.rnn.0.cell', [2, 4], '3 source tokens, units'],
      ['encoder.rnn.0.reverse.cell_gradient_norm', [2], '3 source tokens'],
      ['encoder.embeddings', [2, 4], '3 source tokens, units'],
      ['attention.scores', [2, 2], 'rows, 3 source tokens'],
    ] as const
  ).map(([name, shape, wanted]): Row => [
    `${name} [${shape.join()}] beside a source`,
    SAFE,
    withSource({ [name]: shape }),
    'capture-shape',
    shaped(name, shape.join(', '), wanted),
    OTHER_RUN,
  ]),
  [
    'a state in place of all layers’',
    SAFE,
    captureOf({ hidden_states: [2, 3] }),
    'capture-shape',
    stackedShape('hidden_states', '2, 3', '2 tokens, units'),
    STACK,
  ],
  [
    'patterns of all layers of a batch',
    SAFE,
    captureOf({ attentions: [2, 8, 4, 2, 2] }),
    'capture-shape',
    stackedShape('attentions', '2, 8, 4, 2, 2', 'heads, 2 tokens, 2 tokens'),
    STACK,
  ],
  [
    '10,001 layers',
    SAFE,
    captureOf({ hidden_states: [10_001, 2, 0] }),
    'capture-shape',
    stackedShape('hidden_states', '10001, 2, 0', '2 tokens, units'),
    STACK,
  ],
  [
    'a layer under two spellings',
    SAFE,
    captureOf({ 'attentions.0': [1, 2, 2], attentions_0: [1, 2, 2] }),
    'capture-twice',
    twice(SAFE, 'attentions.0'),
    'Keep one of them.',
  ],
  [
    'a layer by itself and in the stack',
    SAFE,
    captureOf({ hidden_states: [2, 2, 3], 'hidden_states.1': [2, 3] }),
    'capture-twice',
    twice(SAFE, 'hidden_states.1'),
    'Keep one of them.',
  ],
  [
    'layers with other heads',
    SAFE,
    captureOf({ 'attentions.0': [4, 2, 2], 'attentions.1': [3, 2, 2] }),
    'capture-layers',
    '"run.safetensors" has 3 heads in "attentions.1" and 4 in "attentions.0"; all layers must have the same number.',
    TOGETHER,
  ],
  [
    'layers with other widths',
    SAFE,
    captureOf({ 'hidden_states.0': [2, 8], 'hidden_states.1': [2, 6] }),
    'capture-layers',
    '"run.safetensors" has 6 units in "hidden_states.1" and 8 in "hidden_states.0"; all layers must have the same number.',
    TOGETHER,
  ],
  ...(['I32', 'U32'] as const).map((dtype): Row => [
    `states in ${dtype}`,
    SAFE,
    captureOf({ 'hidden_states.0': [2, 3] }, good, dtype),
    'capture-dtype',
    `"run.safetensors" has "hidden_states.0" in ${dtype}; activations are F32, F16, BF16 or F64.`,
    'Save it as float32.',
  ]),
  [
    'logits of whole numbers',
    SAFE,
    captureOf({ logits: [2, 3] }, good, 'I32'),
    'capture-dtype',
    '"run.safetensors" has "logits" in I32; activations are F32, F16, BF16 or F64.',
    'Save it as float32.',
  ],
  [
    'npz whose outputs do not tell the length',
    NPZ,
    npzOf({ hidden_states: npyOf([3]) }),
    'capture-empty',
    '"run.npz" holds outputs, but none that tells how long the text was.',
    'Save hidden_states.0 … as [T, D], attentions.0 … as [H, T, T] or logits as [T, V].',
  ],
  [
    'npz of a billion empty tokens',
    NPZ,
    npzOf({ 'hidden_states.0': npyOf([1_000_000_000, 0]) }),
    'capture-tokens',
    '"run.npz" holds outputs of 1000000000 tokens; the limit is 131072.',
    'Save outputs as [T, D], attentions as [H, T, T] and logits as [T, V], T tokens each.',
  ],
  [
    'npz of two lengths',
    NPZ,
    npzOf({ 'hidden_states.0': npyOf([2, 3]), 'attentions.0': npyOf([1, 3, 3]) }),
    'capture-shape',
    '"run.npz" has "attentions.0" of shape [1, 3, 3]; its text asks for [heads, 2 tokens, 2 tokens].',
    OTHER_RUN,
  ],
  [
    'npz of patterns that are not square',
    NPZ,
    npzOf({ attentions: npyOf([2, 4, 3, 5]) }),
    'capture-shape',
    '"run.npz" has "attentions.0" of shape [4, 3, 5]; its text asks for [heads, 3 tokens, 3 tokens].',
    OTHER_RUN,
  ],
  [
    'npz of whole numbers',
    NPZ,
    npzOf({ 'attentions.0': npyOf([1, 2, 2], '<i4') }),
    'capture-dtype',
    '"run.npz" has "attentions.0" in I32; activations are F32, F16, BF16 or F64.',
    'Save it as float32.',
  ],
  [
    'npz with a layer twice',
    NPZ,
    npzOf({ hidden_states: npyOf([1, 2, 3]), hidden_states_0: npyOf([2, 3]) }),
    'capture-twice',
    twice(NPZ, 'hidden_states.0'),
    'Keep one of them.',
  ],
  [
    'npz with fewer bytes of texts than it says',
    NPZ,
    npzOf({ 'hidden_states.0': npyOf([2, 3]), tokens: npyTexts(['ab', 'cd']).subarray(0, -1) }),
    'npy-size',
    '"run.npz/tokens.npy" has 2 texts of 2 characters, but 15 bytes follow its header.',
    'The file is damaged or was written wrongly: save or download it again.',
  ],
];

/** A capture of two labels of a text. */
const labelled = (metadata: Readonly<Record<string, string>>, logits: readonly number[] = [2]) =>
  captureOf({ logits }, { ...good, labels: '["no","yes"]', labels_of: 'text', ...metadata });

test.each<[what: string, bytes: Uint8Array, says: string]>([
  ['no JSON', labelled({ labels: 'no' }), '“labels” of its metadata is no list of names'],
  ['an object', labelled({ labels: '{"0":"no"}' }), '“labels” of its metadata is no list of names'],
  ['no names', labelled({ labels: '[]' }), '“labels” of its metadata is no list of names'],
  ['numbers', labelled({ labels: '[1,2]' }), '“labels” of its metadata is no list of names'],
  [
    'of something else',
    labelled({ labels_of: 'words' }),
    '“labels_of” of its metadata is "words"; it must be "text" or "tokens" or "span"',
  ],
  [
    'another problem',
    labelled({ problem_type: 'toString' }),
    '“problem_type” of its metadata is "toString"; it must be "single_label_classification" or "multi_label_classification" or "regression"',
  ],
  [
    'other logits',
    labelled({}, [3]),
    'its logits have the shape [3], where 2 labels of the text ask for [2]',
  ],
  [
    'logits of a text for tokens',
    labelled({ labels_of: 'tokens' }),
    'its logits have the shape [2], where 2 labels of each token ask for [tokens, 2]',
  ],
])('labels: %s', async (_, bytes, says) => {
  expect(await rejection(format.read(folderOf({ [SAFE]: bytes }), SAFE))).toMatchObject({
    code: 'capture-labels',
    message: `"run.safetensors" is a capture, but ${says}.`,
  });
});

test('the table has 40 rows and more', () => expect(bad.length).toBeGreaterThanOrEqual(40));

test.each(bad)('%s', async (_, file, bytes, code, message, hint) => {
  const error = await rejection(format.read(folderOf({ [file]: bytes }), file));
  expect(error).toMatchObject({ name: 'HeadgateError', code, message, hint });
});

test('tokens are what makes a file a capture: others are weights', async () => {
  const weights = captureOf({ 'wte.weight': [2, 3] }, { headgate: '1' });
  expect(await format.claims(folderOf({ [SAFE]: weights }), SAFE)).toBeNull();
  expect(await format.claims(folderOf({ [SAFE]: captureOf({}, { tokens: TOKENS }) }), SAFE)).toBeNull();
});
