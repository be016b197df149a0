import { OnnxGraph } from './onnx.ts';

/** The parts of a GPT-2 config that the graph needs. */
export interface Gpt2Shape {
  readonly layers: number;
  readonly heads: number;
  readonly width: number;
  readonly vocabulary: number;
  readonly epsilon: number;
}

/** A weight by its Hugging Face name, as f32. */
export type Weight = (name: string) => { readonly data: Float32Array; readonly shape: readonly number[] };

/** What a graph is for. */
export type Gpt2Graph =
  /**
   * A whole pass over T tokens with the outputs that Headgate computes: `logits` [1,T,V], `hidden_states.0..L` [1,T,D]
   * (the last after the final norm) and `attentions.0..L-1` [1,H,T,T], as in an eager export.
   */
  | { readonly kind: 'everything'; readonly T: number }
  /** The pass over a prompt of T tokens that writing begins with: `logits` [1,1,V] of the last, `present.l.key|value` [1,H,T,d]. */
  | { readonly kind: 'prompt'; readonly T: number }
  /** One token at `position` [1] after `past.l.key|value` [1,H,P,d]: `logits` and `present.…` [1,H,P+1,d]. */
  | { readonly kind: 'step' };

/** GPT-2 as an ONNX graph. */
export function gpt2Graph(shape: Gpt2Shape, weight: Weight, purpose: Gpt2Graph): Uint8Array {
  const { layers, width, vocabulary, epsilon } = shape;
  const graph = new OnnxGraph();
  const T = purpose.kind === 'step' ? 1 : purpose.T;
  const build: Build = {
    ...{ graph, shape, purpose, T },
    initializer: (name) => graph.floats(weight(name).data, weight(name).shape),
    norm: (x, name, output) =>
      graph.apply(
        'LayerNormalization',
        [x, build.initializer(`${name}.weight`), build.initializer(`${name}.bias`)],
        { axis: -1, epsilon: { float: epsilon } },
        output,
      ),
    conv1d: (x, name) =>
      graph.apply('Add', [
        graph.apply('MatMul', [x, build.initializer(`${name}.weight`)]),
        build.initializer(`${name}.bias`),
      ]),
    constants: constantsOf(graph, shape, T),
  };
  const ids = graph.input('input_ids', 'i64', [1, T]);
  const embeddings = build.initializer('wte.weight');
  const places =
    purpose.kind === 'step' ? graph.input('position', 'i64', [1]) : graph.integers([...Array(T).keys()]);
  const positions = graph.apply('Gather', [build.initializer('wpe.weight'), places]);
  const isEverything = purpose.kind === 'everything';
  const show = (value: string) => {
    if (isEverything) graph.markOutput(value, [1, T, width]);
  };
  const named = (l: number) => (isEverything ? `hidden_states.${l}` : undefined);
  let hidden = graph.apply('Add', [graph.apply('Gather', [embeddings, ids]), positions], {}, named(0));
  show(hidden);
  for (let l = 0; l < layers; l++) {
    const last = l === layers - 1;
    hidden = layer(build, hidden, l, last ? undefined : named(l + 1));
    if (!last) show(hidden);
  }
  let final = build.norm(hidden, 'ln_f', named(layers));
  show(final);
  // Writing needs the scores after the last token alone.
  if (purpose.kind === 'prompt')
    final = graph.apply('Gather', [final, graph.integers([T - 1], [1])], { axis: 1 });
  const head = graph.apply('Transpose', [embeddings], { perm: [1, 0] });
  graph.apply('MatMul', [final, head], {}, 'logits');
  graph.markOutput('logits', [1, isEverything ? T : 1, vocabulary]);
  return graph.bytes();
}

interface Build {
  readonly graph: OnnxGraph;
  readonly shape: Gpt2Shape;
  readonly purpose: Gpt2Graph;
  readonly T: number;
  readonly initializer: (name: string) => string;
  readonly norm: (x: string, name: string, output?: string) => string;
  readonly conv1d: (x: string, name: string) => string;
  readonly constants: ReturnType<typeof constantsOf>;
}

function constantsOf(graph: OnnxGraph, { heads, width }: Gpt2Shape, T: number) {
  const headWidth = width / heads;
  const mask = new Float32Array(T * T).map((_, index) => (index % T > Math.floor(index / T) ? -3.4e38 : 0));
  return {
    // A token alone sees all that is there.
    causal: T === 1 ? null : graph.floats(mask, [1, 1, T, T]),
    scale: graph.floats(Float32Array.of(1 / Math.sqrt(headWidth)), []),
    split: graph.integers([width, width, width]),
    toHeads: graph.integers([1, T, heads, headWidth]),
    fromHeads: graph.integers([1, T, width]),
  };
}

function layer(build: Build, hidden: string, l: number, output: string | undefined): string {
  const { graph, conv1d, norm } = build;
  const block = `h.${l}`;
  const mixed = attention(build, conv1d(norm(hidden, `${block}.ln_1`), `${block}.attn.c_attn`), l);
  const attended = graph.apply('Add', [hidden, conv1d(mixed, `${block}.attn.c_proj`)]);
  const inner = graph.apply('Gelu', [conv1d(norm(attended, `${block}.ln_2`), `${block}.mlp.c_fc`)], {
    approximate: 'tanh',
  });
  return graph.apply('Add', [attended, conv1d(inner, `${block}.mlp.c_proj`)], {}, output);
}

/** [1, T, D] from packed q, k and v. */
function attention({ graph, shape, purpose, T, constants }: Build, qkv: string, l: number): string {
  const { heads, width } = shape;
  const { causal, scale, split, toHeads, fromHeads } = constants;
  const [q, k, v] = graph.node('Split', [qkv, split], { axis: 2 }, [
    graph.fresh(),
    graph.fresh(),
    graph.fresh(),
  ]) as [string, string, string];
  const heading = (x: string, perm: readonly number[], name?: string) =>
    graph.apply('Transpose', [graph.apply('Reshape', [x, toHeads])], { perm }, name);
  /** Keys or values with those of earlier tokens, kept for later ones. */
  const cached = (x: string, part: 'key' | 'value') => {
    const name = `present.${l}.${part}`;
    const isStep = purpose.kind === 'step';
    graph.markOutput(name, [1, heads, isStep ? 'all' : T, width / heads]);
    if (!isStep) return heading(x, [0, 2, 1, 3], name);
    const past = graph.input(`past.${l}.${part}`, 'f32', [1, heads, 'past', width / heads]);
    return graph.apply('Concat', [past, heading(x, [0, 2, 1, 3])], { axis: 2 }, name);
  };
  const isEverything = purpose.kind === 'everything';
  const keys = isEverything
    ? heading(k, [0, 2, 3, 1])
    : graph.apply('Transpose', [cached(k, 'key')], { perm: [0, 1, 3, 2] });
  const values = isEverything ? heading(v, [0, 2, 1, 3]) : cached(v, 'value');
  const scores = graph.apply('Mul', [graph.apply('MatMul', [heading(q, [0, 2, 1, 3]), keys]), scale]);
  const seen = causal === null ? scores : graph.apply('Add', [scores, causal]);
  const name = isEverything ? `attentions.${l}` : undefined;
  const pattern = graph.apply('Softmax', [seen], { axis: -1 }, name);
  if (isEverything) graph.markOutput(pattern, [1, heads, T, T]);
  const mixed = graph.apply('Transpose', [graph.apply('MatMul', [pattern, values])], { perm: [0, 2, 1, 3] });
  return graph.apply('Reshape', [mixed, fromHeads]);
}
