/** What a run's model is made of: the boxes of its diagram, with the shapes and the numbers of its parameters. */
import type { Side } from '../place.ts';

declare module '../facet.ts' {
  interface Facets {
    /** Of models with layers. */
    readonly structure: Structure;
  }
}

export interface StructureTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** It is stored and never learned, so that it is no parameter; left out: it is one. */
  readonly isBuffer?: boolean;
}

/** A part of a model, a box of its diagram. */
export interface StructurePart {
  readonly kind:
    | 'embedding'
    | 'norm'
    | 'attention'
    | 'cross-attention'
    | 'feed-forward'
    | 'recurrent'
    | 'bridge'
    | 'pooler'
    | 'head';
  readonly title: string;
  /** Its sizes in a few words: `6 heads × 32`. */
  readonly detail: string;
  /** What its tensors are for, and their shapes as PyTorch has them. */
  readonly tensors: readonly StructureTensor[];
  /** Parameters of its own: a table that another part has is counted there. */
  readonly parameters: number;
}

export interface StructureLayer {
  /**
   * How its parts follow one another. `norm-first`: x + f(norm(x)); `norm-last`: norm(x + f(x)); `parallel`: both parts read
   * x, and their sum is added; `chain`: each reads what the one before gives.
   */
  readonly order: 'norm-first' | 'norm-last' | 'parallel' | 'chain';
  readonly blocks: readonly StructureBlock[];
}

/** A part of a layer with its norms. */
export interface StructureBlock {
  readonly part: StructurePart;
  /** In front of the part; with `norm-last` of the sum. Null: none. */
  readonly norm: StructurePart | null;
  /** Of what the part gives, before it is added; null: none. */
  readonly outNorm: StructurePart | null;
}

export interface StructureStack {
  /** Null: the only one. */
  readonly stack: 'encoder' | 'decoder' | null;
  /** Of which sequence its tokens are. */
  readonly side: Side;
  /** What stands before its layers, and after them. */
  readonly before: readonly StructurePart[];
  readonly layers: readonly StructureLayer[];
  readonly after: readonly StructurePart[];
}

export interface Structure {
  /** In the order of the data. */
  readonly stacks: readonly StructureStack[];
}

/** The parts of a layer, in the order of the data. */
export function partsOfLayer({ order, blocks }: StructureLayer): readonly StructurePart[] {
  return blocks.flatMap(({ part, norm, outNorm }) =>
    (order === 'norm-last' ? [part, outNorm, norm] : [norm, part, outNorm]).filter((one) => one !== null),
  );
}

/** All parts of a stack, in the order of the data. */
function partsOfStack({ before, layers, after }: StructureStack): readonly StructurePart[] {
  return [...before, ...layers.flatMap(partsOfLayer), ...after];
}

/** Parameters of all parts of a model. */
export function parametersOf({ stacks }: Structure): number {
  return stacks.flatMap(partsOfStack).reduce((sum, { parameters }) => sum + parameters, 0);
}

/** A part, whose parameters are those of its tensors. */
export function structurePart(
  part: Omit<StructurePart, 'parameters' | 'tensors'>,
  tensors: StructurePart['tensors'],
): StructurePart {
  const sizeOf = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);
  const parameters = tensors.reduce(
    (sum, { shape, isBuffer }) => sum + (isBuffer === true ? 0 : sizeOf(shape)),
    0,
  );
  return { ...part, tensors, parameters };
}
