/** What the names and shapes of tensors tell about recurrent layers. */
import type { StackConfig } from './recurrent-stack.ts';

/** Names → shapes. */
export type Shapes = ReadonlyMap<string, readonly number[]>;

export interface FoundStack {
  readonly stack: Pick<StackConfig, 'cell' | 'hidden_size'> &
    Partial<Pick<StackConfig, 'num_layers' | 'bidirectional' | 'projection_size' | 'bias'>>;
  /** Width of the first layer's input. */
  readonly inputs: number;
  /** Width of the output, both directions. */
  readonly outputs: number;
}

/** PyTorch's RNN, LSTM or GRU under a prefix (`''`, or with its dot); null when there is none or its shapes disagree. */
export function findStack(shapes: Shapes, prefix: string): FoundStack | null {
  const [rows = 0, inputs = 0] = shapes.get(`${prefix}weight_ih_l0`) ?? [];
  const [hiddenRows = 0, state = 0] = shapes.get(`${prefix}weight_hh_l0`) ?? [];
  const [projection, wide] = shapes.get(`${prefix}weight_hr_l0`) ?? [];
  const units = wide ?? state;
  const cell = ({ 1: 'rnn', 3: 'gru', 4: 'lstm' } as const)[rows / units];
  if (cell === undefined || rows !== hiddenRows) return null;
  let layers = 1;
  while (shapes.has(`${prefix}weight_ih_l${layers}`)) layers++;
  const bidirectional = shapes.has(`${prefix}weight_ih_l0_reverse`);
  const bias = shapes.has(`${prefix}bias_ih_l0`);
  const stack = {
    cell,
    hidden_size: units,
    ...(layers > 1 && { num_layers: layers }),
    ...(bidirectional && { bidirectional }),
    ...(projection !== undefined && { projection_size: projection }),
    ...(!bias && { bias }),
  };
  return { stack, inputs, outputs: (projection ?? units) * (bidirectional ? 2 : 1) };
}

/** OpenNMT-py's stacked LSTM or GRU cells: `{prefix}layers.{k}.weight_ih`. */
export function findCells(shapes: Shapes, prefix: string): FoundStack | null {
  const renamed = new Map(
    [...shapes].flatMap(([name, shape]) => {
      const [, layer, role] = /^layers\.(\d+)\.(\w+)$/.exec(name.slice(prefix.length)) ?? [];
      return name.startsWith(prefix) && layer !== undefined ? [[`${role}_l${layer}`, shape] as const] : [];
    }),
  );
  return findStack(renamed, '');
}

/** Documented names → `layers.{k}` names of the cells. */
export function cellNames(documented: string, prefix: string, found: FoundStack): Record<string, string> {
  const roles = ['weight_ih', 'weight_hh', ...(found.stack.bias === false ? [] : ['bias_ih', 'bias_hh'])];
  return Object.fromEntries(
    Array.from({ length: found.stack.num_layers ?? 1 }, (_, k) =>
      roles.map((role) => [`${documented}.${role}_l${k}`, `${prefix}layers.${k}.${role}`]),
    ).flat(),
  );
}
