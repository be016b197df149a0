/** The layers of a Keras model, in order, out of its stored config (of Keras 2 or 3). */
import { isObject, type Json } from '../../json.ts';
import { Unfit } from '../recurrent/network.ts';

export interface KerasLayer {
  readonly kind: string;
  readonly name: string;
  readonly config: Json;
}

const MOST_LAYERS = 10_000;

/**
 * @param model a Sequential model, or a Functional one whose layers follow one another
 * @throws Unfit naming what is not read
 */
export function layersOf(model: unknown): KerasLayer[] {
  if (!isObject(model) || typeof model['class_name'] !== 'string')
    throw new Unfit('Its config does not say what class of model it is.');
  const kind = model['class_name'];
  if (!['Sequential', 'Functional', 'Model'].includes(kind))
    throw new Unfit(
      `It is a model of the class ${shown(kind)}, whose layers only its own Python code knows.`,
    );
  const config = model['config'];
  // Keras before 2.2.3 had the layers of a Sequential model as its whole config.
  const list = Array.isArray(config) ? config : isObject(config) ? config['layers'] : null;
  if (!Array.isArray(list)) throw new Unfit('Its config does not list its layers.');
  if (list.length > MOST_LAYERS)
    throw new Unfit(`Its config lists ${list.length} layers; the limit is ${MOST_LAYERS}.`);
  const layers = list.map((entry) => ({ layer: layerOf(entry), entry: entry as Json }));
  return kind === 'Sequential' ? layers.map(({ layer }) => layer) : chain(layers);
}

export function layerOf(entry: unknown): KerasLayer {
  if (!isObject(entry) || typeof entry['class_name'] !== 'string' || !isObject(entry['config']))
    throw new Unfit('A layer of its config has no class_name or no config.');
  const { config } = entry;
  const name = config['name'] ?? entry['name'];
  return { kind: entry['class_name'], name: typeof name === 'string' ? name : '', config };
}

/** The layers of a graph in their order. @throws Unfit where the graph branches */
function chain(list: readonly { readonly layer: KerasLayer; readonly entry: Json }[]): KerasLayer[] {
  const after = new Map<string, KerasLayer[]>();
  const starts: KerasLayer[] = [];
  for (const { layer, entry } of list) {
    const before = [...new Set(namesIn(entry['inbound_nodes']))];
    if (before.length > 1)
      throw new Unfit(
        `The layer “${shown(layer.name)}” (${shown(layer.kind)}) joins ${before.map((name) => `“${shown(name)}”`).join(' and ')}; only layers that follow one another are run.`,
      );
    const [name] = before;
    if (name === undefined) starts.push(layer);
    else after.set(name, [...(after.get(name) ?? []), layer]);
  }
  const [start] = starts;
  if (start === undefined || starts.length > 1)
    throw new Unfit(`Its graph has ${starts.length} inputs; a text is one.`);
  const order: KerasLayer[] = [];
  for (let layer: KerasLayer | undefined = start; layer !== undefined;) {
    order.push(layer);
    const next: readonly KerasLayer[] = after.get(layer.name) ?? [];
    if (next.length > 1)
      throw new Unfit(
        `The layer “${shown(layer.name)}” is read by ${next.length} others; only layers that follow one another are run.`,
      );
    layer = next[0];
    if (order.length > list.length) throw new Unfit('Its graph goes round in a circle.');
  }
  return order;
}

/** Names of the layers that a node reads: `[name, node, tensor, …]`, of both versions of Keras. */
function namesIn(value: unknown): string[] {
  if (Array.isArray(value)) {
    const [name, node, tensor] = value as unknown[];
    if (typeof name === 'string' && typeof node === 'number' && typeof tensor === 'number') return [name];
    return value.flatMap(namesIn);
  }
  return isObject(value) ? Object.values(value).flatMap(namesIn) : [];
}

/** Text of a stranger's config, for a sentence. */
export const shown = (text: string) => (text.length <= 80 ? text : `${text.slice(0, 80)}…`);
