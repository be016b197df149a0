import type { Table, TableArray, TableCell } from '../../common/table.ts';
import type { Additions, BlockStack } from '../../runs/facets/blocks.ts';
import { partsOfLayer, type Structure } from '../../runs/facets/structure.ts';

const COLUMNS = ['stack', 'layer', 'part', 'detail', 'parameters', 'tensors'];

/** A row for each part of the model; arrays of what the parts add, [L, T]. */
export function mapTable(
  { stacks }: Structure,
  added: readonly { readonly stack: BlockStack; readonly layers: readonly Additions[] }[],
): Table {
  const rows: TableCell[][] = [];
  for (const { stack, before, layers, after } of stacks) {
    const groups = [
      ...before.map((part) => ({ layer: null, part })),
      ...layers.flatMap((own, layer) => partsOfLayer(own).map((part) => ({ layer, part }))),
      ...after.map((part) => ({ layer: null, part })),
    ];
    for (const { layer, part } of groups)
      rows.push([
        ...[stack, layer, part.title, part.detail, part.parameters],
        part.tensors.map(({ name, shape }) => `${name} [${shape.join(', ')}]`).join('; '),
      ]);
  }
  return { columns: COLUMNS, rows, arrays: added.flatMap((one) => additionArrays(one.stack, one.layers)) };
}

function additionArrays({ stack }: BlockStack, layers: readonly Additions[]): TableArray[] {
  const prefix = stack === null ? '' : `${stack}_`;
  const T = layers[0]?.stream.length ?? 0;
  const joined = (part: keyof Additions) =>
    Float32Array.from(layers.flatMap((one) => [...(one[part] ?? new Float32Array(T))]));
  const parts = [
    ['stream', 'stream'],
    ['attention', 'attention'],
    ...(layers.some(({ cross }) => cross !== null) ? [['cross', 'cross'] as const] : []),
    ['feed_forward', 'feedForward'],
  ] as readonly (readonly [string, keyof Additions])[];
  return parts.map(([name, part]) => ({
    name: `${prefix}added.${name}`,
    shape: [layers.length, T],
    values: joined(part),
  }));
}
