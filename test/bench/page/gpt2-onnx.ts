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

/**
 * GPT-2 as an ONNX graph for a fixed length of T tokens, with the same outputs that Headgate computes: `logits` [1,T,V],
 * `hidden_states.0..L` [1,T,D] (the last after the final norm) and `attentions.0..L-1` [1,H,T,T]; patterns are ordinary
 * values of the graph, as in an eager export.
 */
export function gpt2Graph(
  { layers, heads, width, vocabulary, epsilon }: Gpt2Shape,
  weight: Weight,
  T: number,
): Uint8Array {
  const graph = new OnnxGraph();
  const headWidth = width / heads;
  const initializer = (name: string) => {
    const { data, shape } = weight(name);
    return graph.floats(data, shape);
  };
  const norm = (x: string, name: string, output?: string) =>
    graph.apply(
      'LayerNormalization',
      [x, initializer(`${name}.weight`), initializer(`${name}.bias`)],
      { axis: -1, epsilon: { float: epsilon } },
      output,
    );
  const conv1d = (x: string, name: string) =>
    graph.apply('Add', [
      graph.apply('MatMul', [x, initializer(`${name}.weight`)]),
      initializer(`${name}.bias`),
    ]);

  const mask = new Float32Array(T * T).map((_, index) => (index % T > Math.floor(index / T) ? -3.4e38 : 0));
  const causal = graph.floats(mask, [1, 1, T, T]);
  const scale = graph.floats(Float32Array.of(1 / Math.sqrt(headWidth)), []);
  const split = graph.integers([width, width, width]);
  const toHeads = graph.integers([1, T, heads, headWidth]);
  const fromHeads = graph.integers([1, T, width]);
  const ids = graph.input('input_ids', 'i64', [1, T]);
  const embeddings = initializer('wte.weight');

  let hidden = graph.apply('Gather', [embeddings, ids]);
  const positions = graph.apply('Gather', [initializer('wpe.weight'), graph.integers([...Array(T).keys()])]);
  hidden = graph.apply('Add', [hidden, positions], {}, 'hidden_states.0');
  graph.markOutput(hidden, [1, T, width]);
  for (let layer = 0; layer < layers; layer++) {
    const block = `h.${layer}`;
    const qkv = conv1d(norm(hidden, `${block}.ln_1`), `${block}.attn.c_attn`);
    const [q, k, v] = graph.node('Split', [qkv, split], { axis: 2 }, [
      graph.fresh(),
      graph.fresh(),
      graph.fresh(),
    ]) as [string, string, string];
    const heading = (x: string, perm: readonly number[]) =>
      graph.apply('Transpose', [graph.apply('Reshape', [x, toHeads])], { perm });
    const scores = graph.apply('Mul', [
      graph.apply('MatMul', [heading(q, [0, 2, 1, 3]), heading(k, [0, 2, 3, 1])]),
      scale,
    ]);
    const pattern = graph.apply(
      'Softmax',
      [graph.apply('Add', [scores, causal])],
      { axis: -1 },
      `attentions.${layer}`,
    );
    graph.markOutput(pattern, [1, heads, T, T]);
    const mixed = graph.apply('Transpose', [graph.apply('MatMul', [pattern, heading(v, [0, 2, 1, 3])])], {
      perm: [0, 2, 1, 3],
    });
    const attended = graph.apply('Add', [
      hidden,
      conv1d(graph.apply('Reshape', [mixed, fromHeads]), `${block}.attn.c_proj`),
    ]);
    const inner = graph.apply('Gelu', [conv1d(norm(attended, `${block}.ln_2`), `${block}.mlp.c_fc`)], {
      approximate: 'tanh',
    });
    const last = layer === layers - 1;
    hidden = graph.apply(
      'Add',
      [attended, conv1d(inner, `${block}.mlp.c_proj`)],
      {},
      last ? undefined : `hidden_states.${layer + 1}`,
    );
    if (!last) graph.markOutput(hidden, [1, T, width]);
  }
  const final = norm(hidden, 'ln_f', `hidden_states.${layers}`);
  graph.markOutput(final, [1, T, width]);
  const head = graph.apply('Transpose', [embeddings], { perm: [1, 0] });
  graph.apply('MatMul', [final, head], {}, 'logits');
  graph.markOutput('logits', [1, T, vocabulary]);
  return graph.bytes();
}
