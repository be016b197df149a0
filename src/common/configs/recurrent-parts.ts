/** Recurrent layers by the names that PyTorch and its users give them: modules, cells, weight-dropped layers. */
import type { Shapes } from './recognise-stack.ts';

/** `rnns.0.module.weight_hh_l0_raw`: what stands in front, the role, the layer of a module, the direction. */
const NAME = /^(.*?)(?:module\.)?(weight|bias)_(ih|hh|hr)(?:_l(\d+))?(_reverse)?(_raw)?$/;
const GATES = { 1: 'rnn', 3: 'gru', 4: 'lstm' } as const;

export interface FoundLayer {
  readonly cell: 'rnn' | 'gru' | 'lstm';
  /** I */
  readonly inputs: number;
  /** H */
  readonly units: number;
  readonly projection: number | null;
  readonly isBoth: boolean;
  readonly hasBias: boolean;
  /** Names in the file by role: `weight_ih`, `weight_hh_reverse`. */
  readonly names: ReadonlyMap<string, string>;
}

export interface FoundLayers {
  readonly layers: readonly FoundLayer[];
  /** What stands in front of the names of one module, without its dot; null: there are several, or names of another form. */
  readonly prefix: string | null;
  /** Copies that a weight-dropped layer keeps of its raw weights. */
  readonly copies: readonly string[];
}

export const isLayerName = (name: string) => NAME.test(name);

/** All recurrent layers of a file as one stack; null where they are none, or more than one. */
export function findLayers(shapes: Shapes): FoundLayers | null {
  const modules = new Map<string, Map<number, Map<string, string>>>();
  const copies: string[] = [];
  let isPlain = true;
  for (const name of shapes.keys()) {
    const [, stem = '', kind = '', side = '', layer, reverse = '', raw] = NAME.exec(name) ?? [];
    if (side === '') continue;
    const held = modules.get(stem) ?? new Map<number, Map<string, string>>();
    const roles = held.get(Number(layer ?? 0)) ?? new Map<string, string>();
    const role = `${kind}_${side}${reverse}`;
    const before = roles.get(role);
    if (layer === undefined || raw !== undefined || name.includes('module.')) isPlain = false;
    // The raw weights are the model's; what stands beside them was dropped out of for one step of the training.
    if (before === undefined || raw !== undefined) roles.set(role, name);
    if (before !== undefined) copies.push(raw === undefined ? name : before);
    modules.set(stem, held.set(Number(layer ?? 0), roles));
  }
  const stems = [...modules.keys()].sort(new Intl.Collator('en', { numeric: true }).compare);
  // Modules of one stack differ in a number only: lstm1, lstm2; rnns.0, rnns.1.
  if (new Set(stems.map((stem) => stem.replace(/[\d_]/g, ''))).size !== 1) return null;
  const layers: FoundLayer[] = [];
  for (const stem of stems) {
    const own = modules.get(stem) ?? new Map<number, Map<string, string>>();
    for (let k = 0; k < own.size; k++) {
      const roles = own.get(k);
      const layer = roles === undefined ? null : layerOf(shapes, roles);
      const last = layers.at(-1);
      if (
        layer === null ||
        (last !== undefined && (outputsOf(last) !== layer.inputs || last.cell !== layer.cell))
      )
        return null;
      layers.push(layer);
    }
  }
  const [stem = ''] = stems;
  return { layers, prefix: isPlain && stems.length === 1 ? stem.replace(/\.$/, '') : null, copies };
}

/** Width of what a layer gives, both directions. */
export function outputsOf({ units, projection, isBoth }: FoundLayer): number {
  return (projection ?? units) * (isBoth ? 2 : 1);
}

function layerOf(shapes: Shapes, names: ReadonlyMap<string, string>): FoundLayer | null {
  const shapeOf = (role: string) => shapes.get(names.get(role) ?? '') ?? [];
  const [rows = 0, inputs = 0] = shapeOf('weight_ih');
  const [hiddenRows = 0, state = 0] = shapeOf('weight_hh');
  const [projection, wide] = shapeOf('weight_hr');
  const units = wide ?? state;
  const cell = GATES[(rows / units) as keyof typeof GATES] as FoundLayer['cell'] | undefined;
  if (cell === undefined || rows !== hiddenRows) return null;
  const hasBias = names.has('bias_ih');
  const isBoth = names.has('weight_ih_reverse');
  return { cell, inputs, units, projection: projection ?? null, isBoth, hasBias, names };
}
