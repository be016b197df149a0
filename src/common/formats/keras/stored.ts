/** Where a Keras file keeps the weights of each layer. */
import type { Hdf5Object } from '../hdf5/object.ts';
import type { KerasLayer } from './layers.ts';

/** Paths of a layer's weights, in Keras' order; forward before reverse. */
export type WeightPaths = readonly string[];

type Objects = ReadonlyMap<string, Hdf5Object>;

const CONTAINERS = ['layers', '_layer_checkpoint_dependencies'];
/** Where Keras 3 keeps the weights of a layer, below its group. */
const PLACES = ['vars', 'cell/vars', 'layer/vars', 'layer/cell/vars'];
const SIDES = ['forward_layer/cell/vars', 'backward_layer/cell/vars'];
const PLAIN_SIDES = ['forward_layer/vars', 'backward_layer/vars'];

/** The group that lists its layers by their names, as Keras 2 writes it; null: Keras 3 wrote the file. */
export function legacyRoot(objects: Objects): string | null {
  return ['model_weights', ''].find((path) => namesAt(objects, path, 'layer_names') !== null) ?? null;
}

/** A list of names, which Keras cuts into several attributes where it is long. */
function namesAt(objects: Objects, path: string, attribute: string): readonly string[] | null {
  const attributes = objects.get(path)?.attributes;
  const whole = attributes?.get(attribute);
  if (Array.isArray(whole)) return whole as readonly string[];
  const parts: string[] = [];
  for (let k = 0; ; k++) {
    const part = attributes?.get(`${attribute}${k}`);
    if (!Array.isArray(part)) break;
    parts.push(...(part as readonly string[]));
  }
  // A list without entries has no texts.
  return parts.length > 0 ? parts : attributes?.has(attribute) ? [] : null;
}

/** Names of the layers that a file of Keras 2 lists, in order. */
export function legacyLayers(objects: Objects, root: string): readonly string[] {
  return namesAt(objects, root, 'layer_names') ?? [];
}

/** The weights of a layer of Keras 2 by its name. */
export function legacyWeights(objects: Objects, root: string, layer: string): WeightPaths {
  const group = root === '' ? layer : `${root}/${layer}`;
  return (namesAt(objects, group, 'weight_names') ?? []).map((name) => `${group}/${name}`);
}

/** The weights of every layer of Keras 3, by its place in the list: groups are named by class and count. */
export function newerWeights(objects: Objects, layers: readonly KerasLayer[]): WeightPaths[] {
  const counts = new Map<string, number>();
  const root = CONTAINERS.find((name) => objects.has(name)) ?? 'layers';
  return layers.map(({ kind }) => {
    const name = snakeCase(kind);
    const count = counts.get(name) ?? 0;
    counts.set(name, count + 1);
    return groupWeights(objects, `${root}/${name}${count === 0 ? '' : `_${count}`}`);
  });
}

/** The weights below a layer's group. */
export function groupWeights(objects: Objects, group: string): WeightPaths {
  const at = (places: readonly string[]) => places.flatMap((place) => varsOf(objects, `${group}/${place}`));
  const sides = at(SIDES);
  if (sides.length > 0) return sides;
  const plain = at(PLAIN_SIDES);
  return plain.length > 0 ? plain : at(PLACES);
}

/** The groups of layers of a Keras 3 file, sorted by name and count. */
export function newerGroups(objects: Objects): readonly string[] {
  const root = CONTAINERS.find((name) => objects.has(name)) ?? 'layers';
  return [...objects.keys()]
    .filter((path) => path.startsWith(`${root}/`) && !path.slice(root.length + 1).includes('/'))
    .sort(new Intl.Collator('en', { numeric: true }).compare);
}

function varsOf(objects: Objects, group: string): string[] {
  const paths: string[] = [];
  while (objects.get(`${group}/${paths.length}`)?.dataset?.shape !== undefined)
    paths.push(`${group}/${paths.length}`);
  return paths;
}

/** As keras.src.utils.naming.to_snake_case. */
function snakeCase(kind: string): string {
  return kind
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}
