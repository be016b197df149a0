import type { RunInput } from '../../runs/run-input.ts';
import type { Gpu } from '../../gpu/gpu.ts';
import { reshape, rowsOf, type GpuTensor } from '../../gpu/tensor.ts';
import {
  gradientsThroughTime,
  gradientThroughTime,
  type GradientOptions,
  type GradientsOptions,
} from '../../kernels/recurrent/gradient.ts';
import type { Derived } from '../../kernels/recurrent/derived-states.ts';
import {
  initialRow,
  outputRows,
  recordRecurrentLayer,
  type RecurrentLayer,
} from '../../kernels/recurrent/recurrent-layer.ts';
import { GATE_PLANES, type PackedCell } from '../../kernels/recurrent/recurrent.ts';
import { computedActivation, heldActivation, type Holdings } from '../../runs/activations.ts';
import type { Activation } from '../../runs/run.ts';
import type { GradientNorms, StepTerms } from '../../runs/facets/recurrent.ts';
import { inputGradient, type InputGradientParts } from './input-gradient.ts';
import type { StackWeights } from './load-stack.ts';
import { stepTerms } from './step-terms.ts';
import { at } from '../at.ts';
import { recurrentStackName, type StackSide } from '../../runs/activation-names.ts';

/** Positions in one recording: progress is told, and a cancel heard, after each. */
const SEGMENT = 512;

/** What a direction ends with. */
export interface FinalState {
  /** [B, P] */
  readonly hidden: GpuTensor;
  /** [B, H] of an LSTM. */
  readonly cell: GpuTensor | null;
}

export interface StackInput {
  /** Parts of the first layer's input, [T, B, Iₚ] each. */
  readonly parts: readonly GpuTensor[];
  /** T */
  readonly positions: number;
  /** Tokens of each of the B sequences; what follows is padding. */
  readonly lengths: readonly number[];
  readonly stack: StackSide;
}

/**
 * Room for all states of a stack, layer by layer, forward first; states start at 0.
 * @param keepGates left out: as far as the memory budget allows
 */
export function allocateStack(
  gpu: Gpu,
  holdings: Holdings,
  weights: StackWeights,
  { parts, positions: T, lengths, stack }: StackInput,
  keepGates?: boolean,
): RecurrentLayer[][] {
  const B = lengths.length;
  const gateBytes = weights
    .flat()
    .reduce((sum, { cell, units }) => sum + GATE_PLANES[cell].length * T * B * units * 4, 0);
  const keeps = keepGates ?? gateBytes <= gpu.activationBudget;
  const lengthTensor = holdings.tensor([B], 'lengths');
  gpu.upload(lengthTensor, Uint32Array.from(lengths));
  const layers: RecurrentLayer[][] = [];
  for (const [l, directions] of weights.entries()) {
    const inputs = l === 0 ? parts : at(layers, l - 1).map(layerOutput);
    layers.push(
      directions.map((packed, d) => {
        const planes = GATE_PLANES[packed.cell].length;
        const keep = (label: string, ...shape: number[]) =>
          holdings.tensor(shape, `${recurrentStackName(stack)}.${l}.${label}`);
        const slabs = {
          positions: T,
          batch: B,
          reverse: d === 1,
          lengths: lengthTensor,
          hidden: keep('hidden', T + 1, B, packed.state),
          cells: packed.cell === 'lstm' ? keep('cell', T + 1, B, packed.units) : null,
          gates: planes > 0 && keeps ? keep('gates', planes, T, B, packed.units) : null,
          gatesFirst: 0,
        };
        const row = initialRow(slabs);
        gpu.upload(rowsOf(slabs.hidden, row, row + 1), new Float32Array(B * packed.state));
        if (slabs.cells !== null)
          gpu.upload(rowsOf(slabs.cells, row, row + 1), new Float32Array(B * packed.units));
        return { packed, inputs, slabs };
      }),
    );
  }
  return layers;
}

/** One pass through a stack of recurrent layers, and what it leaves for the views. */
export class RecurrentPass {
  /** Layer by layer, forward first. */
  readonly layers: readonly (readonly RecurrentLayer[])[];
  readonly stack: StackSide;
  readonly #gpu: Gpu;
  readonly #holdings: Holdings;

  constructor(
    gpu: Gpu,
    holdings: Holdings,
    layers: readonly (readonly RecurrentLayer[])[],
    stack: StackSide,
  ) {
    this.#gpu = gpu;
    this.#holdings = holdings;
    this.layers = layers;
    this.stack = stack;
  }

  /** T */
  get #positions(): number {
    return this.layers[0]?.[0]?.slabs.positions ?? 0;
  }

  /** Runs all layers. @throws the signal's reason, between two submits. */
  async forward(
    signal: AbortSignal,
    { onProgress, profile = null }: Pick<RunInput, 'onProgress' | 'profile'> = {},
  ): Promise<void> {
    const T = this.#positions;
    const directions = this.layers.flat();
    for (const [i, layer] of directions.entries())
      for (let done = 0; done < T; done += SEGMENT) {
        const count = Math.min(SEGMENT, T - done);
        const from = layer.slabs.reverse ? T - done - count : done;
        await this.#gpu.submit(
          'recurrent layer',
          (recorder) => recordRecurrentLayer(recorder, layer, from, from + count),
          { signal, profile },
        );
        onProgress?.(i * T + done + count, directions.length * T);
      }
  }

  /** Outputs of the last layer, [T, B, P] by direction. */
  get outputs(): readonly GpuTensor[] {
    return (this.layers.at(-1) ?? []).map(layerOutput);
  }

  /** What a direction of a layer ends with, [B, P] and [B, H]; of one sequence, or of unpadded ones. */
  final({ slabs }: RecurrentLayer): FinalState {
    const row = slabs.reverse ? 0 : slabs.positions;
    const at = (slab: GpuTensor) => reshape(rowsOf(slab, row, row + 1), slab.shape.slice(1));
    return { hidden: at(slabs.hidden), cell: slabs.cells === null ? null : at(slabs.cells) };
  }

  /** ‖∂h_T/∂h_t‖ or ‖∂c_T/∂c_t‖ of a layer, of its first (only) sequence. */
  async gradient(layer: number, reverse: boolean, options: GradientOptions = {}): Promise<GradientNorms> {
    return gradientThroughTime(this.#gpu, this.#direction(layer, reverse), options);
  }

  /** The same of several states in one sweep. */
  async gradients(
    layer: number,
    reverse: boolean,
    derived: readonly Derived[],
    options: GradientsOptions = {},
  ): Promise<readonly GradientNorms[]> {
    return gradientsThroughTime(this.#gpu, this.#direction(layer, reverse), derived, options);
  }

  /** What a step of a layer adds up, of its first (only) sequence. */
  async terms(layer: number, reverse: boolean, position: number, signal?: AbortSignal): Promise<StepTerms> {
    return stepTerms(this.#gpu, this.#direction(layer, reverse), position, signal);
  }

  #direction(layer: number, reverse: boolean): RecurrentLayer {
    this.#holdings.assertAlive();
    const found = this.layers[layer]?.[reverse ? 1 : 0];
    if (found === undefined)
      throw new RangeError(`Layer ${layer}${reverse ? ', reverse' : ''} is not there.`);
    return found;
  }

  /** ‖∂y/∂x_t‖ for each position, see `inputGradient`. @param injected ∂y/∂(output) by direction, [T, P] each */
  inputGradient(
    injected: readonly Float32Array<ArrayBuffer>[],
    parts?: InputGradientParts,
  ): Promise<Float32Array<ArrayBuffer>> {
    return inputGradient(this.#gpu, this.layers, injected, parts);
  }

  /** The named activations of every layer and direction; of a pass over one sequence. */
  activations(): Activation[] {
    return this.layers.flatMap((directions, l) =>
      directions.flatMap((layer, d) => this.#ofLayer(layer, l, d === 1 ? 'reverse' : 'forward')),
    );
  }

  #ofLayer(layer: RecurrentLayer, l: number, direction: 'forward' | 'reverse'): Activation[] {
    const place = { stack: this.stack, layer: l, direction };
    const gpu = this.#gpu;
    const { packed, slabs } = layer;
    const T = slabs.positions;
    const H = packed.units;
    const axes = ['token', 'unit'] as const;
    const held = (kind: 'hidden_state' | 'cell', slab: GpuTensor, width: number) =>
      heldActivation(
        gpu,
        this.#holdings,
        { kind, ...place, axes },
        reshape(outputRows(slab, slabs), [T, width]),
      );
    const gates = shownGates(packed).map(({ gate, plane }) => {
      const about = { kind: 'gate', gate, ...place, axes } as const;
      if (slabs.gates === null)
        return computedActivation(gpu, this.#holdings, { ...about, shape: [T, H] }, (target, signal) =>
          this.#gateAgain(layer, plane, target, signal),
        );
      const { buffer, offset } = slabs.gates;
      const rows = slabs.gates.shape[1] ?? T;
      return heldActivation(gpu, this.#holdings, about, {
        buffer,
        offset: offset + plane * rows * H,
        shape: [T, H],
      });
    });
    const norms = (
      kind: 'gradient_norm' | 'gradient_norm_cell' | 'cell_gradient_norm',
      pick: (norms: GradientNorms) => Float32Array<ArrayBuffer> | null,
      of: 'hidden' | 'cell' = 'hidden',
    ) =>
      computedActivation(
        gpu,
        this.#holdings,
        { kind, ...place, axes: ['token'], shape: [T] },
        async (target, signal) => {
          const values = pick(await this.gradient(l, slabs.reverse, { of, signal }));
          gpu.upload(target, values ?? new Float32Array(T));
        },
      );
    return [
      held('hidden_state', slabs.hidden, packed.state),
      ...(slabs.cells === null ? [] : [held('cell', slabs.cells, H)]),
      ...gates,
      norms('gradient_norm', ({ frobenius }) => frobenius),
      ...(slabs.cells === null
        ? []
        : [
            norms('gradient_norm_cell', ({ cell }) => cell),
            norms('cell_gradient_norm', ({ cell }) => cell, 'cell'),
          ]),
    ];
  }

  /** A gate that was not kept: the steps again, from the kept states. */
  async #gateAgain(
    layer: RecurrentLayer,
    plane: number,
    target: GpuTensor,
    signal?: AbortSignal,
  ): Promise<void> {
    const { packed, slabs } = layer;
    const planes = GATE_PLANES[packed.cell].length;
    for (let from = 0; from < slabs.positions; from += SEGMENT) {
      const count = Math.min(SEGMENT, slabs.positions - from);
      await this.#gpu.submit(
        'gates again',
        (recorder) => {
          const gates = recorder.temp([planes, count, slabs.batch, packed.units], 'gates');
          const own = { ...layer, slabs: { ...slabs, gates, gatesFirst: from, gatesOnly: true } };
          recordRecurrentLayer(recorder, own, from, from + count);
          const rows = reshape(rowsOf(gates, plane, plane + 1), [count, packed.units]);
          recorder.copy(rows, rowsOf(target, from, from + count));
        },
        { signal },
      );
    }
  }
}

/** The gates that views show; a GRU's candidate sum is no gate. */
export function shownGates({
  cell,
}: Pick<PackedCell, 'cell'>): { readonly gate: string; readonly plane: number }[] {
  return GATE_PLANES[cell].map((gate, plane) => ({ gate, plane })).filter(({ gate }) => gate !== 'candidate');
}

function layerOutput({ slabs }: RecurrentLayer): GpuTensor {
  return outputRows(slabs.hidden, slabs);
}
