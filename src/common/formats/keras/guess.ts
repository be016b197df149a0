/** The layers of a file of weights without a config, told by the shapes of its weights. */
import type { StoredTensor } from '../format.ts';
import { Unfit } from '../recurrent/network.ts';
import { shown, type KerasLayer } from './layers.ts';

export interface Group {
  readonly name: string;
  /** In Keras' order. */
  readonly weights: readonly StoredTensor[];
}

const GATES: Readonly<Record<number, string>> = { 1: 'SimpleRNN', 3: 'GRU', 4: 'LSTM' };

/**
 * Layers with the options that are usual.
 * @param groups what each layer holds; their order counts only where widths leave a choice
 * @throws Unfit
 */
export function guessLayers(
  groups: readonly Group[],
): { readonly layer: KerasLayer; readonly group: Group }[] {
  const left = groups
    .filter(({ weights }) => weights.length > 0)
    .map((group) => ({ group, layer: kindOf(group) }));
  const order: typeof left = [];
  const take = (wanted: (layer: (typeof left)[number]) => boolean) => {
    const at = left.findIndex(wanted);
    return at < 0 ? null : (left.splice(at, 1)[0] ?? null);
  };
  const isTable = ({ layer }: (typeof left)[number]) => layer.kind === 'Embedding';
  const first = take((one) => isTable(one) && /emb/i.test(one.group.name)) ?? take(isTable);
  let width = first?.group.weights[0]?.shape[1] ?? null;
  let joined = width ?? 0;
  if (first !== null) order.push(first);
  // Recurrent layers, then Dense ones, each reading what the one before gives.
  for (const isDense of [false, true])
    for (;;) {
      const next = take(
        ({ layer, group }) =>
          (layer.kind === 'Dense') === isDense &&
          layer.kind !== 'Embedding' &&
          (width === null || group.weights[0]?.shape[0] === width),
      );
      if (next === null) break;
      order.push(next);
      const rows = next.group.weights[isDense ? 0 : 1]?.shape[isDense ? 1 : 0] ?? 0;
      width = rows * (next.layer.kind === 'Bidirectional' ? 2 : 1);
      if (!isDense) joined += width;
    }
  const [stray] = left;
  if (stray !== undefined) {
    const reads = stray.group.weights[0]?.shape[0];
    throw new Unfit(
      reads === joined && order.length > 1
        ? `Its layer “${shown(stray.group.name)}” reads the embedding and all recurrent layers side by side (skip connections), a block that is missing here.`
        : `It holds no config, and “${shown(stray.group.name)}” has no place behind the other layers.`,
    );
  }
  return order.map(({ layer, group }, k) => {
    const isLast = order[k + 1]?.layer.kind === 'Dense';
    const options = { return_sequences: !isLast };
    const config =
      layer.kind === 'Bidirectional'
        ? { layer: { class_name: layer.config['inner'], config: options } }
        : layer.kind === 'Dense'
          ? { activation: k + 1 === order.length ? lastActivation(group) : 'relu' }
          : options;
    return { layer: { ...layer, config }, group };
  });
}

const lastActivation = ({ weights: [kernel] }: Group) => (kernel?.shape[1] === 1 ? 'sigmoid' : 'softmax');

function kindOf({ name, weights }: Group): KerasLayer {
  const [first, second, third] = weights.map(({ shape }) => shape);
  const [, rows = 0] = first ?? [];
  const gates = GATES[rows / (second?.[0] ?? 0)];
  if (weights.length === 1 && first?.length === 2 && !/dense/i.test(name))
    return { kind: 'Embedding', name, config: {} };
  if (second?.length === 2 && gates !== undefined && second[1] === rows) {
    if (weights.length > 3) return { kind: 'Bidirectional', name, config: { inner: gates } };
    const isCuDnn = third?.length === 1 && third[0] === 2 * rows && gates !== 'SimpleRNN';
    return { kind: isCuDnn ? `CuDNN${gates}` : gates, name, config: {} };
  }
  if (first?.length === 2 && weights.length <= 2 && (second === undefined || second.join() === String(rows)))
    return { kind: 'Dense', name, config: {} };
  throw new Unfit(`It holds no config, and “${name}” is no Embedding, LSTM, GRU, SimpleRNN or Dense layer.`);
}

/** What was taken for granted of such a file. */
export const GUESSED =
  'The file holds weights and no config: kinds and order of its layers were told from shapes. The gates of recurrent layers have a sigmoid (Keras before 2.3 had hard_sigmoid where nothing else was said), the last recurrent layer gives its last state, Dense layers before the last have relu, and the last a softmax (a sigmoid for one output), as is usual; save the whole model (model.save("model.keras")) to be sure.';
