/** The boxes of recurrent models' diagrams, from the tensors that their configs call for. */
import { unitsOf, type LayerTensors, type StackConfig } from '../../../common/configs/recurrent-stack.ts';
import type { ExpectedTensor } from '../../../common/configs/spec.ts';
import { structurePart, type StructureLayer, type StructurePart } from '../../runs/facets/structure.ts';

const CELLS: Readonly<Record<StackConfig['cell'], string>> = { rnn: 'RNN', lstm: 'LSTM', gru: 'GRU' };

/** The layers of a stack; both directions of one are a part each. */
export function recurrentLayers(
  stack: Pick<StackConfig, 'cell' | 'hidden_size'>,
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
        const title = `${CELLS[stack.cell]}${reverse ? ', backwards' : ''}`;
        const part = structurePart(
          { kind: 'recurrent', title, detail: `${unitsOf(stack, index)} units` },
          shapesOf(own),
        );
        return { part, norm: null, outNorm: null };
      }),
  }));
}

/** A part of these tensors, as far as the files have them. */
export function filedPart(
  part: Omit<StructurePart, 'parameters' | 'tensors'>,
  tensors: readonly ExpectedTensor[],
  has: (name: string) => boolean,
): StructurePart {
  return structurePart(part, shapesOf(tensors.filter(({ name }) => has(name))));
}

function shapesOf(tensors: readonly ExpectedTensor[]): StructurePart['tensors'] {
  return tensors.map(({ name, shape }) => ({ name, shape }));
}
