import type { Token } from '../../common/text/token.ts';
import type { Gpu } from '../gpu/gpu.ts';
import type { GpuTensor } from '../gpu/tensor.ts';
import type { ActivationKey } from './activation-names.ts';
import type { Facets } from './facet.ts';
import type { HeadMetrics } from './head-metrics.ts';
import type { HeadSteps } from './head-steps.ts';

export type { Token };

/** What an axis of an activation counts. */
export type Axis = 'token' | 'source' | 'head' | 'query' | 'key' | 'unit' | 'vocabulary';

/** A tensor of a run: what it is, and its name (`activationName` of that). */
export interface Activation extends ActivationKey {
  readonly name: string;
  readonly axes: readonly Axis[];
  readonly shape: readonly number[];
  /**
   * The values on the GPU: computed now when the run does not hold them. The caller must call `release` once done;
   * computed values are then recycled, held ones are left alone.
   */
  lease(): Promise<{ readonly tensor: GpuTensor; release(): void }>;
  /** The values on the CPU, row-major. */
  read(signal?: AbortSignal): Promise<Float32Array>;
}

/** A rectangle of one head's pattern, at the resolution of the screen. */
export interface PatternTile {
  readonly layer: number;
  readonly head: number;
  /** Query rows [from, to) and key columns [from, to). */
  readonly rows: readonly [number, number];
  readonly columns: readonly [number, number];
  /** Cells of the tile; at most the span of rows and columns. Equal to the span: exact; smaller: pooled. */
  readonly height: number;
  readonly width: number;
  readonly pool: 'max' | 'mean';
}

/** One kind of attention of a run, every layer and head of it; patterns are computed when somebody looks. */
export interface AttentionMap {
  readonly kind: 'self' | 'encoder' | 'decoder' | 'cross';
  readonly layers: number;
  readonly heads: number;
  /** Heads of keys and values: fewer than `heads` where several share them (grouped queries). */
  readonly keyHeads: number;
  /** Labels of the rows and of the columns. */
  readonly queries: readonly Token[];
  readonly keys: readonly Token[];
  /** True when a query never looks at later keys. */
  readonly causal: boolean;
  /** The activation's name for a layer, e.g. `attentions.3`, shape [H, T, S]. */
  activation(layer: number): string;
  /**
   * Writes tiles one after another into `target` (row-major f32, each height × width, from element `offset` on) and
   * submits the work; resolves as soon as it is queued on the GPU.
   */
  tiles(requests: readonly PatternTile[], target: GPUBuffer, offset?: number): Promise<void>;
  /** One row of a head's pattern on the CPU: the weights of a query over all keys, [S]. */
  row(layer: number, head: number, query: number): Promise<Float32Array>;
  /** How a query of a head comes to its weights, and what it reads. @throws the signal's reason */
  steps(layer: number, head: number, query: number, signal?: AbortSignal): Promise<HeadSteps>;
  /** What the heads of a layer are like, head by head. */
  metrics(layer: number): Promise<readonly HeadMetrics[]>;
}

/** One forward pass of a model over an input, with everything that views may ask of it. */
export interface Run {
  /** Unique in this window; a new input makes a new run. */
  readonly id: number;
  /** Where its buffers live: views draw on the same device. */
  readonly gpu: Gpu;
  readonly model: {
    readonly id: string;
    readonly name: string;
    readonly family: string;
    readonly modelType: string;
  };
  readonly text: string;
  readonly tokens: readonly Token[];
  /** The encoder's tokens, for encoder-decoders. */
  readonly sourceTokens: readonly Token[] | null;
  readonly layers: number;
  readonly heads: number;
  /** Width of the residual stream. */
  readonly width: number;
  /** Wall time of the forward pass, ms. */
  readonly milliseconds: number;
  /** GPU bytes that the run holds beyond the weights. */
  readonly bytes: number;
  readonly activations: ReadonlyMap<string, Activation>;
  readonly attention: readonly AttentionMap[];
  /** What only some runs have, by its name (`runs/facets/`); null: this run does not have it. */
  facet<Name extends keyof Facets>(name: Name): Facets[Name] | null;
  /** Gives every buffer back. A run that is disposed of rejects further calls with an AbortError. */
  dispose(): void;
}
