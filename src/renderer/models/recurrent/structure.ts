/** The boxes of recurrent models' diagrams, from the tensors that their configs call for. */
import type { LayerTensors, StackConfig } from '../../../common/configs/recurrent-stack.ts';
import type { ExpectedTensor } from '../../../common/configs/spec.ts';
import { structurePart, type StructureLayer, type StructurePart } from '../../runs/facets/structure.ts';

const CELLS: Readonly<Record<StackConfig['cell'], string>> = { rnn: 'RNN', lstm: 'LSTM', gru: 'GRU' };

/** The layers of a stack; both directions of one are a part each. */
export function recurrentLayers(
  { cell, hidden_size: H }: Pick<StackConfig, 'cell' | 'hidden_size'>,
  layers: readonly LayerTensors[],
): StructureLayer[] {
  const count = Math.max(-1, ...layers.map(({ layer }) => layer)) + 1;
  const counted = new Set<string>();
  return Array.from({ length: count }, (_, index) => ({
    order: 'chain',
    blocks: layers
      .filter(({ layer }) => layer === index)
      .map(({ reverse, tensors }) => {
        // ONNX keeps both directions in one tensor.
        const own = Object.values(tensors).filter(({ name }) => !counted.has(name));
        for (const { name } of own) counted.add(name);
        const title = `${CELLS[cell]}${reverse ? ', backwards' : ''}`;
        const part = structurePart({ kind: 'recurrent', title, detail: `${H} units` }, shapesOf(own));
        return { part, norm: null, outNorm: null };
      }),
  }));
}

/** A part of the tensors whose names begin so, as far as the files have them. */
export function namedPart(
  part: Omit<StructurePart, 'parameters' | 'tensors'>,
  tensors: readonly ExpectedTensor[],
  prefix: string,
  has: (name: string) => boolean,
): StructurePart {
  return structurePart(part, shapesOf(tensors.filter(({ name }) => name.startsWith(prefix) && has(name))));
}

function shapesOf(tensors: readonly ExpectedTensor[]): StructurePart['tensors'] {
  return tensors.map(({ name, shape }) => ({ name, shape }));
}
