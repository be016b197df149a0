/** The boxes of a Transformer's diagram, from the weights that it was read into. */
import { counted } from '../../common/numbers.ts';
import {
  structurePart,
  type StructureLayer,
  type StructurePart,
  type StructureStack,
} from '../../runs/facets/structure.ts';
import type { Matrix } from '../../kernels/matmul/weight.ts';
import type { ClassificationHead } from '../labels/head.ts';
import { outputsOf, type FeedForward, type Linear, type Norm } from './blocks.ts';
import type { CrossAttention } from './cross-attention.ts';
import type { SelfAttention } from './self-attention.ts';
import type { Embedding, Head, Layer, Stack } from './stack.ts';

type Tensors = StructurePart['tensors'];

/** What follows a stack's layers; null or left out: it has none. */
interface Heads {
  readonly head: Head | null;
  readonly labels?: ClassificationHead | null | undefined;
  /** What else a family computes from the last states. */
  readonly ends?: readonly StructurePart[] | undefined;
}

/** A stack with its heads. @param counted a table that another stack has too, and counts */
export function stackStructure(
  own: Stack,
  { head, labels = null, ends = [] }: Heads,
  { stack, side }: Pick<StructureStack, 'stack' | 'side'>,
  counted: Matrix | null = null,
): StructureStack {
  /** Positions come into the queries and keys; a layer without them is worth a word then. */
  const isTurned = own.layers.some(({ attention }) => attention.rotary !== null);
  return {
    ...{ stack, side },
    before: embeddingParts(own.embedding, counted),
    layers: own.layers.map((layer, index) => {
      const made = layerOf(layer, index === 0 ? (own.relative?.table.shape ?? null) : null, isTurned);
      const first = own.layers.indexOf(layer);
      return first === index ? made : repeated(made, first);
    }),
    after: [
      ...(own.last === null ? [] : [normPart('final norm', own.last)]),
      ...(head === null ? [] : [headPart(head, head.weight === own.embedding.tokens)]),
      ...(labels === null ? [] : [labelsPart(labels)]),
      ...ends,
    ],
  };
}

function embeddingParts(
  { tokens, positions, types, norm, projection }: Embedding,
  counted: Matrix | null,
): StructurePart[] {
  const [V, E] = tokens.shape;
  const isCounted = tokens === counted;
  const detail = isCounted ? `${V} tokens, the encoder’s table` : `${V} tokens × ${E}`;
  const part = structurePart({ kind: 'embedding', title: 'embedding', detail }, [
    ...(isCounted ? [] : [{ name: 'tokens', shape: tokens.shape }]),
    ...(positions === null ? [] : [{ name: 'positions', shape: positions.table.shape }]),
    ...(types === null ? [] : [{ name: 'token types', shape: types.shape }]),
    ...(projection === null ? [] : linearTensors('projection', projection)),
  ]);
  return norm === null ? [part] : [part, normPart('norm', norm)];
}

function layerOf(layer: Layer, bias: readonly number[] | null, isTurned: boolean): StructureLayer {
  const { attention, cross, feedForward, order } = layer;
  const block = (part: StructurePart, norm: Norm | null, outNorm: Norm | null = null) => ({
    part,
    norm: norm && normPart('norm', norm),
    outNorm: outNorm && normPart('norm', outNorm),
  });
  // Parts that run beside each other may read the same states, whose norm counts once (Phi).
  const { attentionNorm, feedForwardNorm } = layer;
  const isShared = attentionNorm !== null && attentionNorm === feedForwardNorm;
  const second = block(feedForwardPart(feedForward), feedForwardNorm, layer.feedForwardOutNorm);
  return {
    order,
    blocks: [
      block(attentionPart(attention, bias, isTurned), attentionNorm, layer.attentionOutNorm),
      ...(cross === undefined ? [] : [block(crossPart(cross), cross.norm)]),
      isShared ? { ...second, norm: second.norm && sharedNorm(second.norm) } : second,
    ],
  };
}

/** A layer with the weights of an earlier one, which counts them (ALBERT). */
function repeated({ order, blocks }: StructureLayer, first: number): StructureLayer {
  const plain = (part: StructurePart) => structurePart(part, []);
  return {
    order,
    blocks: blocks.map(({ part, norm, outNorm }) => ({
      part: { ...plain(part), detail: `${part.detail}, weights of L${first}` },
      norm: norm && plain(norm),
      outNorm: outNorm && plain(outNorm),
    })),
  };
}

function attentionPart(own: SelfAttention, bias: readonly number[] | null, isTurned: boolean): StructurePart {
  const { heads, keyHeads, headWidth, projection, queryNorm, keyNorm, window, rotary, out } = own;
  const shared = keyHeads < heads ? `, ${keyHeads} KV heads` : '';
  const seen = window === null ? '' : `, window ${window}`;
  const blind = isTurned && rotary === null ? ', no positions' : '';
  return structurePart(
    {
      kind: 'attention',
      title: 'attention',
      detail: `${counted(heads, 'head')} × ${headWidth}${shared}${seen}${blind}`,
    },
    [
      ...(projection.kind === 'packed'
        ? linearTensors('query, key, value', projection.qkv)
        : [
            ...linearTensors('query', projection.query),
            ...linearTensors('key', projection.key),
            ...linearTensors('value', projection.value),
          ]),
      ...(queryNorm === null ? [] : normTensors('query norm', queryNorm)),
      ...(keyNorm === null ? [] : normTensors('key norm', keyNorm)),
      ...(bias === null ? [] : [{ name: 'relative positions', shape: bias }]),
      ...linearTensors('out', out),
    ],
  );
}

function crossPart({ heads, headWidth, query, key, value, out }: CrossAttention): StructurePart {
  return structurePart(
    { kind: 'cross-attention', title: 'cross-attention', detail: `${counted(heads, 'head')} × ${headWidth}` },
    [
      ...linearTensors('query', query),
      ...linearTensors('key', key),
      ...linearTensors('value', value),
      ...linearTensors('out', out),
    ],
  );
}

function feedForwardPart({ gate, up, down, activation }: FeedForward): StructurePart {
  const F = outputsOf(up);
  const detail = `${F} neurons, ${activation}${gate === null ? '' : ', gated'}`;
  return structurePart({ kind: 'feed-forward', title: 'MLP', detail }, [
    ...(gate === null ? [] : linearTensors('gate', gate)),
    ...linearTensors('up', up),
    ...linearTensors('down', down),
  ]);
}

function headPart({ transform, weight, bias, biasIsBuffer = false }: Head, isTied: boolean): StructurePart {
  const [V, D] = weight.shape;
  const detail = `${V} tokens${isTied ? ', the embedding’s table' : ` × ${D}`}`;
  return structurePart({ kind: 'head', title: 'output head', detail }, [
    ...(transform === null ? [] : linearTensors('dense', transform.dense)),
    ...(transform?.norm ? normTensors('norm', transform.norm) : []),
    ...(isTied ? [] : [{ name: 'output', shape: weight.shape }]),
    ...(bias === null ? [] : [{ name: 'bias', shape: bias.shape, isBuffer: biasIsBuffer }]),
  ]);
}

function labelsPart({ dense, outs }: ClassificationHead): StructurePart {
  const count = outs.reduce((sum, out) => sum + outputsOf(out), 0);
  return structurePart({ kind: 'head', title: 'classification head', detail: counted(count, 'output') }, [
    ...(dense === null ? [] : linearTensors('dense', dense.linear)),
    ...(dense?.norm ? normTensors('norm', dense.norm) : []),
    ...outs.flatMap((out) => linearTensors('output', out)),
  ]);
}

function normPart(title: string, norm: Norm): StructurePart {
  const detail = norm.kind === 'layer' ? 'layer norm' : 'RMS norm';
  return structurePart({ kind: 'norm', title, detail }, normTensors('', norm));
}

/** A norm that stands before two parts, as the second shows it. */
function sharedNorm(norm: StructurePart): StructurePart {
  return structurePart({ ...norm, detail: 'same' }, []);
}

function normTensors(name: string, norm: Norm): Tensors {
  const named = (part: string) => (name === '' ? part : `${name} ${part}`);
  return [
    { name: named('weight'), shape: norm.weight.shape },
    ...(norm.kind === 'layer' && norm.hasBias ? [{ name: named('bias'), shape: norm.bias.shape }] : []),
  ];
}

/** The tensors of a matrix with its bias. */
export function linearTensors(name: string, { weight, byInput, bias }: Linear): Tensors {
  const [rows, columns] = weight.shape;
  return [
    { name, shape: byInput ? [columns, rows] : [rows, columns] },
    ...(bias === null ? [] : [{ name: `${name} bias`, shape: bias.shape }]),
  ];
}
