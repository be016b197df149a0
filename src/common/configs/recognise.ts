/** Fills in the config of well-known shapes from the names and shapes of their tensors. */
import type { TensorInfo } from '../contract.ts';
import { HeadgateError } from '../error.ts';
import { cellNames, findCells, findStack, type Shapes } from './recognise-stack.ts';
import type { Recognised } from './recognition.ts';
import { g2p } from './recognise-g2p.ts';
import { network, whyNotNetwork } from './recognise-network.ts';
import { recogniseTransformer } from './recognise-transformer.ts';
import { recurrentSpec } from './recurrent.ts';
import { seq2seqSpec } from './seq2seq.ts';

export type { Recognised } from './recognition.ts';

/** The first well-known shape that has a place for every one of the tensors; null when there is none. */
export function recognise(tensors: readonly TensorInfo[]): Recognised | null {
  const shapes = shapesOf(tensors);
  for (const known of [openNmt, chatbot, pytorchTutorial, bentrevett, g2p, network]) {
    const found = known(shapes);
    if (found !== null && isComplete(found, tensors)) return found;
  }
  return recogniseTransformer(tensors);
}

/** What keeps a file with recurrent layers from being recognised; null: it has none. */
export function whyNotRecognised(tensors: readonly TensorInfo[]): string | null {
  return whyNotNetwork(shapesOf(tensors));
}

function shapesOf(tensors: readonly TensorInfo[]): Shapes {
  return new Map(tensors.map(({ name, shape }) => [name.replace(/^(?:model|module)\./, ''), shape]));
}

/** A model with more than its shape has, such as a bridge, would give other numbers. */
function isComplete({ config }: Recognised, tensors: readonly TensorInfo[]): boolean {
  const spec = config['model_type'] === 'seq2seq' ? seq2seqSpec : recurrentSpec;
  try {
    const { missing, misshapen, unexpected } = spec.check(config, tensors);
    return missing.length + misshapen.length + unexpected.length === 0;
  } catch (error) {
    if (error instanceof HeadgateError) return false;
    throw error;
  }
}

type Names = Record<string, string>;

/** Documented weight and, where the files have it, bias. */
function linear(shapes: Shapes, documented: string, actual: string): Names {
  return {
    [`${documented}.weight`]: `${actual}.weight`,
    ...(shapes.has(`${actual}.bias`) && { [`${documented}.bias`]: `${actual}.bias` }),
  };
}

/** Names that differ from the documented ones. */
function renamed(names: Names): Names {
  return Object.fromEntries(Object.entries(names).filter(([documented, actual]) => documented !== actual));
}

const vocabulary = (side: 'source' | 'target') => ({ kind: 'words', vocab: `${side}_vocab.txt` });

const VOCABULARIES =
  'The words stand in source_vocab.txt and target_vocab.txt, one a line, in the order of their ids.';

function startsWith(kind: string, start: number, end: number): string {
  return `The target starts with token ${start} and ends with token ${end}, as ${kind} has it.`;
}

/** First of the prefixes under which a tensor is found. */
function under(shapes: Shapes, prefixes: readonly string[], name: string): string | null {
  return prefixes.find((prefix) => shapes.has(`${prefix}${name}`)) ?? null;
}

function sides(
  source: readonly number[],
  target: readonly number[],
  start: number,
  end: number,
  pad: number | null = null,
) {
  const side = ([vocab = 0, width = 0]: readonly number[]) => ({ vocab_size: vocab, embedding_size: width });
  return {
    source: { ...side(source), ...(pad !== null && { pad_token_id: pad }), tokenizer: vocabulary('source') },
    target: { ...side(target), start_token_id: start, end_token_id: end, tokenizer: vocabulary('target') },
  };
}

/** pytorch.org: translation with a sequence to sequence network and attention; additive, previous state. */
function pytorchTutorial(shapes: Shapes): Recognised | null {
  const encoder = findStack(shapes, 'encoder.gru.');
  const decoder = findStack(shapes, 'decoder.gru.');
  const source = shapes.get('encoder.embedding.weight');
  const target = shapes.get('decoder.embedding.weight');
  const [size] = shapes.get('decoder.attention.Wa.weight') ?? [];
  if (!encoder || !decoder || !source || !target || size === undefined) return null;
  return {
    what: 'the PyTorch seq2seq tutorial, with additive attention',
    config: {
      model_type: 'seq2seq',
      ...sides(source, target, 0, 1),
      encoder: { ...encoder.stack, prefix: 'encoder.gru' },
      bridge: { kind: 'copy' },
      decoder: { ...decoder.stack, prefix: 'decoder.gru', input: ['embedding', 'context'] },
      attention: { kind: 'bahdanau', size, query: 'previous' },
      output: { input: ['hidden'] },
      tensor_names: {
        ...linear(shapes, 'attention.query', 'decoder.attention.Wa'),
        ...linear(shapes, 'attention.key', 'decoder.attention.Ua'),
        ...linear(shapes, 'attention.score', 'decoder.attention.Va'),
        ...linear(shapes, 'output', 'decoder.out'),
      },
    },
    assumed: [startsWith('the tutorial', 0, 1), VOCABULARIES],
  };
}

/** The PyTorch chatbot tutorial: summed directions, Luong attention, tanh(W [h;c]). */
function chatbot(shapes: Shapes): Recognised | null {
  const e = under(shapes, ['encoder.', 'en.'], 'gru.weight_ih_l0_reverse');
  const d = under(shapes, ['decoder.', 'de.'], 'concat.weight');
  if (e === null || d === null) return null;
  const encoder = findStack(shapes, `${e}gru.`);
  const decoder = findStack(shapes, `${d}gru.`);
  const table = ['embedding.weight', `${e}embedding.weight`].find((name) => shapes.has(name));
  const embedding = table === undefined ? undefined : shapes.get(table);
  if (!encoder || !decoder || table === undefined || !embedding) return null;
  const kind = shapes.has(`${d}attn.v`) ? 'concat' : shapes.has(`${d}attn.attn.weight`) ? 'general' : 'dot';
  const [size] = shapes.get(`${d}attn.v`) ?? [];
  return {
    what: `the PyTorch chatbot tutorial, with Luong attention (${kind})`,
    config: {
      model_type: 'seq2seq',
      ...sides(embedding, embedding, 1, 2),
      share_embeddings: true,
      encoder: { ...encoder.stack, outputs: 'sum', prefix: `${e}gru` },
      bridge: { kind: 'first-layers' },
      decoder: { ...decoder.stack, prefix: `${d}gru`, input: ['embedding'] },
      attention: { kind, query: 'current', ...(kind === 'concat' && { size, joined: 'query, key' }) },
      attentional: { order: '[h;c]', activation: 'tanh' },
      output: { input: ['attentional'] },
      tensor_names: renamed({
        'encoder.embedding.weight': table,
        ...(kind === 'general' && linear(shapes, 'attention.key', `${d}attn.attn`)),
        ...(kind === 'concat' && {
          ...linear(shapes, 'attention.joined', `${d}attn.attn`),
          'attention.score.weight': `${d}attn.v`,
        }),
        ...linear(shapes, 'attentional', `${d}concat`),
        ...linear(shapes, 'output', `${d}out`),
      }),
    },
    assumed: [
      startsWith('the tutorial', 1, 2),
      VOCABULARIES,
      'The attentional vector joins [h;c], as the tutorial has it; the tensors can’t tell the order.',
    ],
  };
}

/** bentrevett's seq2seq notebooks 1 to 4. */
function bentrevett(shapes: Shapes): Recognised | null {
  const encoder = findStack(shapes, 'encoder.rnn.');
  const decoder = findStack(shapes, 'decoder.rnn.');
  const source = shapes.get('encoder.embedding.weight');
  const target = shapes.get('decoder.embedding.weight');
  const [, joined] = shapes.get('decoder.fc_out.weight') ?? [];
  if (!encoder || !decoder || !source || !target || joined === undefined) return null;
  const E = target[1] ?? 0;
  const H = decoder.outputs;
  const attends = shapes.has('decoder.attention.attn.weight');
  const summary = !attends && decoder.inputs === E + H && joined === E + 2 * H;
  if (!attends && !summary && (decoder.inputs !== E || joined !== H)) return null;
  const [size] = shapes.get('decoder.attention.attn.weight') ?? [];
  return {
    what: `bentrevett's seq2seq notebooks, ${attends ? '3 or 4 (attention)' : summary ? '2 (Cho)' : '1 (Sutskever)'}`,
    config: {
      model_type: 'seq2seq',
      ...sides(source, target, 2, 3, attends ? 1 : null),
      encoder: encoder.stack,
      bridge: attends ? { kind: 'linear', activation: 'tanh' } : { kind: 'copy' },
      decoder: {
        ...decoder.stack,
        input: attends ? ['embedding', 'context'] : summary ? ['embedding', 'summary'] : ['embedding'],
      },
      attention: attends ? { kind: 'bahdanau', size, query: 'previous', joined: 'query, key' } : null,
      output: {
        input: attends
          ? ['hidden', 'context', 'embedding']
          : summary
            ? ['embedding', 'hidden', 'summary']
            : ['hidden'],
      },
      tensor_names: {
        ...(attends && {
          ...linear(shapes, 'bridge', 'encoder.fc'),
          ...linear(shapes, 'attention.joined', 'decoder.attention.attn'),
          ...linear(shapes, 'attention.score', 'decoder.attention.v'),
        }),
        ...linear(shapes, 'output', 'decoder.fc_out'),
      },
    },
    assumed: [
      startsWith('the notebooks', 2, 3),
      VOCABULARIES,
      ...(attends
        ? ['Padding is token 1, and the output joins [h;c;embedding], as the notebooks have it.']
        : []),
    ],
  };
}

/** OpenNMT-py's RNN models: stacked cells, W [c;h] without a bias for `general` and `dot`. */
function openNmt(shapes: Shapes): Recognised | null {
  const [, joined] = shapes.get('decoder.attn.linear_out.weight') ?? [];
  const cells = findCells(shapes, 'decoder.rnn.');
  const decoder = cells ?? findStack(shapes, 'decoder.rnn.');
  const encoder = findStack(shapes, 'encoder.rnn.');
  const table = (side: string) => `${side}.embeddings.make_embedding.emb_luts.0.weight`;
  const source = shapes.get(table('encoder'));
  const target = shapes.get(table('decoder'));
  if (joined === undefined || !decoder || !encoder || !source || !target) return null;
  const [size] = shapes.get('decoder.attn.linear_context.weight') ?? [];
  const kind = size !== undefined ? 'mlp' : shapes.has('decoder.attn.linear_in.weight') ? 'general' : 'dot';
  const feeds = decoder.inputs > (target[1] ?? 0);
  const generator = shapes.has('generator.0.weight') ? 'generator.0' : '0';
  return {
    what: `an OpenNMT-py RNN model with ${kind} attention`,
    config: {
      model_type: 'seq2seq',
      ...sides(source, target, 2, 3),
      encoder: encoder.stack,
      bridge: { kind: encoder.stack.bidirectional === true ? 'concat' : 'copy' },
      decoder: { ...decoder.stack, input: feeds ? ['embedding', 'feed'] : ['embedding'] },
      attention:
        kind === 'mlp'
          ? { kind: 'bahdanau', size, query: 'current' }
          : { kind, query: 'current', ...(kind === 'general' && { applied_to: 'query' }) },
      attentional: { order: '[c;h]', activation: kind === 'mlp' ? 'none' : 'tanh' },
      output: { input: ['attentional'] },
      tensor_names: {
        'encoder.embedding.weight': table('encoder'),
        'decoder.embedding.weight': table('decoder'),
        ...(cells === null ? {} : cellNames('decoder.rnn', 'decoder.rnn.', cells)),
        ...(kind === 'general' && linear(shapes, 'attention.query', 'decoder.attn.linear_in')),
        ...(kind === 'mlp' && {
          ...linear(shapes, 'attention.query', 'decoder.attn.linear_query'),
          ...linear(shapes, 'attention.key', 'decoder.attn.linear_context'),
          ...linear(shapes, 'attention.score', 'decoder.attn.v'),
        }),
        ...linear(shapes, 'attentional', 'decoder.attn.linear_out'),
        ...linear(shapes, 'output', generator),
      },
    },
    assumed: [
      startsWith('OpenNMT-py', 2, 3),
      VOCABULARIES,
      'The attentional vector joins [c;h], as OpenNMT-py has it; the tensors can’t tell the order.',
    ],
  };
}
