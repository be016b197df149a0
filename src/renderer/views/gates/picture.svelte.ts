import { tick } from 'svelte';
import type { ApiError } from '../../../main/api/contract.ts';
import { toApiError } from '../../error.ts';
import { elements, type GpuTensor } from '../../gpu/tensor.ts';
import { lanes } from '../../kernels/lanes.ts';
import type { Run } from '../../runs/run.ts';
import { isAbort, Latest, sameFields } from '../shared/latest.ts';
import { unitOrder, type Lane, type Sort } from './lanes.ts';

export interface GatesRequest {
  readonly run: Run;
  readonly lanes: readonly Lane[];
  readonly rows: number;
  readonly columns: number;
  readonly sort: Sort;
}

/** Lanes that are on the GPU, [lanes, rows, columns]. */
export interface GatesPicture extends GatesRequest {
  readonly cells: GpuTensor;
  /** Cells of every lane on the CPU, for what is pointed at: as many as the screen has pixels, at most. */
  readonly values: Float32Array;
  /** Unit of each row of a lane that is not pooled. */
  readonly order: Uint32Array;
  /** Largest size of a value, by lane. */
  readonly largest: readonly number[];
  readonly units: number;
  readonly steps: number;
}

/** The lanes of a layer at the screen's resolution; the newest request wins. */
export class GatesLanes {
  picture = $state.raw<GatesPicture | null>(null);
  error = $state.raw<ApiError | null>(null);
  #asked: GatesRequest | null = null;
  readonly #latest = new Latest<GatesRequest>(
    (request) => this.#compute(request),
    (error) => {
      this.#asked = null;
      if (!isAbort(error)) this.error = toApiError(error);
    },
  );

  request(request: GatesRequest): void {
    if (sameFields(this.#asked, request)) return;
    this.#asked = request;
    this.#latest.ask(request);
  }

  async close(): Promise<void> {
    await this.#latest.close();
    this.#release(this.picture);
    this.picture = null;
  }

  async #compute(request: GatesRequest): Promise<void> {
    const { run, rows, columns } = request;
    const { gpu } = run;
    const before = this.picture;
    const cells = gpu.tensor([request.lanes.length, rows, columns], 'lanes');
    let order: GpuTensor | null = null;
    try {
      let ranks = new Uint32Array();
      let steps = 1;
      for (const [index, { activation, kind }] of request.lanes.entries()) {
        const found = run.activations.get(activation);
        if (found === undefined) throw new Error(`The run has no “${activation}”.`);
        const lease = await found.lease();
        try {
          const units = lease.tensor.shape.at(-1) ?? 1;
          steps = elements(lease.tensor.shape) / units;
          if (order === null) {
            ranks = await this.#order(request, units);
            order = gpu.tensor([units], 'order of units', 'scratch');
            gpu.upload(order, ranks);
          }
          const size = rows * columns;
          const target = {
            buffer: cells.buffer,
            offset: cells.offset + index * size,
            shape: [rows, columns],
          };
          const pool = kind === 'gate' ? ('mean' as const) : ('largest' as const);
          const call = { x: lease.tensor, order, cells: target, pool };
          await gpu.submit('lanes', (recorder) => lanes(recorder, call));
        } finally {
          lease.release();
        }
      }
      const values = await gpu.read(cells);
      const largest = request.lanes.map((_, index) =>
        values
          .subarray(index * rows * columns, (index + 1) * rows * columns)
          .reduce((most, value) => Math.max(most, Math.abs(value)), 0),
      );
      this.picture = { ...request, cells, values, order: ranks, largest, units: ranks.length, steps };
      this.error = null;
    } finally {
      if (order !== null) gpu.release(order);
      // The canvases have followed `picture` by then.
      await tick();
      if (before !== null && before !== this.picture) this.#release(before);
      if (cells !== this.picture?.cells) gpu.release(cells);
    }
  }

  /** Sorted by the lane of the hidden state, which is the last. */
  async #order({ run, lanes: all, sort }: GatesRequest, units: number): Promise<Uint32Array<ArrayBuffer>> {
    if (sort === 'number') return unitOrder(sort, [], units);
    const values = await run.activations.get(all.at(-1)?.activation ?? '')?.read();
    return unitOrder(sort, values ?? [], units);
  }

  #release(picture: GatesPicture | null): void {
    if (picture !== null && !picture.run.gpu.isLost) picture.run.gpu.release(picture.cells);
  }
}
