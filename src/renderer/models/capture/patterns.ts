import type { TensorInfo } from '../../../common/contract.ts';
import { HeadgateError } from '../../../common/error.ts';
import type { Gpu } from '../../gpu/gpu.ts';
import type { GpuTensor } from '../../gpu/tensor.ts';
import { pool } from '../../kernels/analysis/pool.ts';
import { referenceMetrics } from '../../kernels/attention/attention-metrics.reference.ts';
import { activationName } from '../../runs/activation-names.ts';
import { headMetrics, type HeadMetrics } from '../../runs/head-metrics.ts';
import type { HeadSteps } from '../../runs/head-steps.ts';
import type { AttentionMap, PatternTile, Token } from '../../runs/run.ts';
import type { StoredTensors } from './stored.ts';

/** Captured patterns of one kind of attention. H heads, T queries, S keys. */
export class StoredPatterns implements AttentionMap {
  readonly layers: number;
  readonly heads: number;
  readonly keyHeads: number;
  readonly causal: boolean;

  /** @param tensors by layer, [H, T, S] each */
  constructor(
    private readonly gpu: Gpu,
    private readonly stored: StoredTensors,
    readonly kind: AttentionMap['kind'],
    private readonly tensors: readonly TensorInfo[],
    readonly queries: readonly Token[],
    readonly keys: readonly Token[],
    causal: boolean,
  ) {
    this.layers = tensors.length;
    this.heads = Math.max(...tensors.map(({ shape }) => shape[0] ?? 0));
    this.keyHeads = this.heads;
    this.causal = causal;
  }

  activation(layer: number): string {
    const stack = this.kind === 'encoder' || this.kind === 'decoder' ? this.kind : null;
    return activationName({ kind: this.kind === 'cross' ? 'cross_attention' : 'attention', stack, layer });
  }

  /** @throws RangeError for a tile outside the pattern */
  async tiles(requests: readonly PatternTile[], target: GPUBuffer, offset = 0): Promise<void> {
    let place = offset;
    for (const { layer, head, rows, columns, height, width, pool: how } of requests) {
      const [T, S] = [this.queries.length, this.keys.length];
      const isInside =
        rows[0] >= 0 &&
        rows[0] < rows[1] &&
        rows[1] <= T &&
        columns[0] >= 0 &&
        columns[0] < columns[1] &&
        columns[1] <= S;
      if (!isInside) throw new RangeError(`No weights at rows ${rows.join()} and columns ${columns.join()}.`);
      const pattern = await this.#rows(layer, head, rows);
      const span = [rows[1] - rows[0], columns[1] - columns[0]] as const;
      try {
        await this.gpu.submit('captured tiles', (recorder) => {
          let source: GpuTensor = { ...pattern, shape: [1, span[0], S] };
          if (span[1] < S) {
            source = recorder.temp([1, ...span], 'columns of a pattern');
            for (let row = 0; row < span[0]; row++) {
              const at = (tensor: GpuTensor, from: number) => ({
                buffer: tensor.buffer,
                offset: tensor.offset + from,
                shape: [span[1]],
              });
              recorder.copy(at(pattern, row * S + columns[0]), at(source, row * span[1]));
            }
          }
          pool(recorder, {
            source,
            rectangle: span,
            size: { height, width, pool: how },
            cells: [0, height],
            target: { buffer: target, offset: place, shape: [1, height, width] },
          });
        });
      } finally {
        this.stored.release(pattern);
      }
      place += height * width;
    }
  }

  async row(layer: number, head: number, query: number): Promise<Float32Array> {
    const from = this.#offset(layer, head) + query * this.keys.length;
    return this.stored.read(this.#tensor(layer), from, from + this.keys.length);
  }

  /** What a capture does not hold. @throws HeadgateError `capture-no-steps` */
  steps(): Promise<HeadSteps> {
    return Promise.reject(
      new HeadgateError(
        'capture-no-steps',
        'A captured run holds the weights of its attention, not the q and k that they are made of.',
        'Open the model itself to see why a token looks where it looks.',
      ),
    );
  }

  /** From the weights. */
  async metrics(layer: number): Promise<readonly HeadMetrics[]> {
    const tensor = this.#tensor(layer);
    const size = tensor.shape.reduce((product, one) => product * one, 1);
    return headMetrics(referenceMetrics(await this.stored.read(tensor, 0, size), this.queries, this.keys));
  }

  #rows(layer: number, head: number, [from, to]: readonly [number, number]): Promise<GpuTensor> {
    const S = this.keys.length;
    return this.stored.upload(this.#tensor(layer), this.#offset(layer, head) + from * S, [to - from, S]);
  }

  #offset(layer: number, head: number): number {
    const [heads = 0] = this.#tensor(layer).shape;
    if (!(head >= 0 && head < heads)) throw new RangeError(`head ${head} of ${heads}`);
    return head * this.queries.length * this.keys.length;
  }

  #tensor(layer: number): TensorInfo {
    const tensor = this.tensors[layer];
    if (tensor === undefined) throw new RangeError(`layer ${layer} of ${this.layers}`);
    return tensor;
  }
}
