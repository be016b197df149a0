import { tick } from 'svelte';
import type { ApiError } from '../../../common/contract.ts';
import { toApiError } from '../../../common/error.ts';
import { elements, type GpuTensor } from '../../gpu/tensor.ts';
import { lanes } from '../../kernels/analysis/lanes.ts';
import type { Run } from '../../runs/run.ts';
import { isAbort, Latest, sameFields } from '../../common/latest.ts';
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
  /** Units of each lane in the order of its rows. */
  readonly orders: readonly Uint32Array[];
  /** Largest size of a value, by lane. */
  readonly largest: readonly number[];
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
    // A projected hidden state has fewer units than the gates: one order for each width.
    const orders: { readonly units: number; readonly ranks: Uint32Array; readonly tensor: GpuTensor }[] = [];
    const laneOrders: Uint32Array[] = [];
    try {
      let steps = 1;
      for (const [index, { activation, kind }] of request.lanes.entries()) {
        const found = run.activations.get(activation);
        if (found === undefined) throw new Error(`The run has no “${activation}”.`);
        const lease = await found.lease();
        try {
          const units = lease.tensor.shape.at(-1) ?? 1;
          steps = elements(lease.tensor.shape) / units;
          let order = orders.find((known) => known.units === units);
          if (order === undefined) {
            const ranks = await this.#order(request, units);
            order = { units, ranks, tensor: gpu.tensor([units], 'order of units', 'scratch') };
            orders.push(order);
            gpu.upload(order.tensor, ranks);
          }
          laneOrders.push(order.ranks);
          const size = rows * columns;
          const target = {
            buffer: cells.buffer,
            offset: cells.offset + index * size,
            shape: [rows, columns],
          };
          const pool = kind === 'gate' ? ('mean' as const) : ('largest' as const);
          const call = { x: lease.tensor, order: order.tensor, cells: target, pool };
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
      this.picture = { ...request, cells, values, orders: laneOrders, largest, steps };
      this.error = null;
    } finally {
      for (const { tensor } of orders) gpu.release(tensor);
      // The canvases have followed `picture` by then.
      await tick();
      if (before !== null && before !== this.picture) this.#release(before);
      if (cells !== this.picture?.cells) gpu.release(cells);
    }
  }

  /** Sorted by the last lane of that width: the hidden state, or the cell of a projected one. */
  async #order({ run, lanes: all, sort }: GatesRequest, units: number): Promise<Uint32Array<ArrayBuffer>> {
    if (sort === 'number') return unitOrder(sort, [], units);
    const lane = all.findLast(({ activation }) => run.activations.get(activation)?.shape.at(-1) === units);
    const values = await run.activations.get(lane?.activation ?? '')?.read();
    return unitOrder(sort, values ?? [], units);
  }

  #release(picture: GatesPicture | null): void {
    if (picture !== null && !picture.run.gpu.isLost) picture.run.gpu.release(picture.cells);
  }
}
