import type { TensorInfo } from '../../../common/contract.ts';
import { canRead, countOf, valuesOf, type ReadBytes } from '../../../common/tensors/values.ts';
import { pooledSlice, sliceShape, type PooledSlice, type Rectangle } from '../../../common/tensors/slice.ts';
import { readValues } from '../../../common/tensors/values.ts';
import { MOST_SIDE, singularValues } from '../../analysis/singular-values.ts';
import { tensorStatistics, type TensorStatistics } from '../../analysis/tensor-statistics.ts';
import { Computed } from '../../common/computed.svelte.ts';
import { inside, isWhole, pan, whole, zoomAt, type Viewport } from '../../common/heatmap/viewport.ts';
import type { Gpu } from '../../gpu/gpu.ts';

/** Cells of the picture along a side. */
const CELLS = 96;
/** Values of a matrix whose singular values are found. */
const MOST_VALUES = 2 ** 22;

/** What is looked at. */
interface Look {
  readonly tensor: TensorInfo;
  readonly gpu: Gpu | null;
}

/** One tensor: how its values are spread, a slice of it as a picture, and its singular values. */
export class TensorLook {
  /** Which slice of the leading axes. */
  slice = $state(0);
  #zoomed = $state.raw<Viewport | null>(null);
  readonly statistics: Computed<Look, TensorStatistics>;
  readonly picture: Computed<
    { readonly tensor: TensorInfo; readonly slice: number } & Rectangle,
    PooledSlice
  >;
  readonly spectrum: Computed<{ readonly tensor: TensorInfo; readonly slice: number }, Float64Array>;

  /** @param tensor and gpu reactive; null: nothing is looked at, or there is no device yet */
  constructor(
    private readonly tensor: () => TensorInfo | null,
    gpu: () => Gpu | null,
    read: ReadBytes,
  ) {
    const readable = () => {
      const own = this.tensor();
      return own !== null && canRead(own) && countOf(own) > 0 ? own : null;
    };
    this.statistics = new Computed<Look, TensorStatistics>(
      () => {
        const [own, device] = [readable(), gpu()];
        return own === null || device === null ? null : { tensor: own, gpu: device };
      },
      ({ tensor: own, gpu: device }, { signal, progress }) => {
        if (device === null) throw new Error('There is no device.');
        return tensorStatistics(device, (end) => valuesOf(read, own, end), countOf(own), {
          signal,
          progress,
        });
      },
    );
    this.picture = new Computed(
      () => {
        const own = readable();
        if (own === null) return null;
        const { left, top, right, bottom } = this.viewed;
        const edges = {
          left: Math.floor(left),
          top: Math.floor(top),
          right: Math.ceil(right),
          bottom: Math.ceil(bottom),
        };
        return { tensor: own, slice: this.#slice, ...edges };
      },
      ({ tensor: own, slice, ...rectangle }, { signal }) =>
        pooledSlice(read, own, slice, rectangle, CELLS, signal),
    );
    this.spectrum = new Computed(
      () => {
        const own = readable();
        return own !== null && this.hasSpectrum ? { tensor: own, slice: this.#slice } : null;
      },
      async ({ tensor: own, slice }, { signal }) => {
        const { rows, columns } = sliceShape(own);
        const from = slice * rows * columns;
        const values = await readValues(read, own, [from, from + rows * columns], signal);
        return values.every(Number.isFinite) ? singularValues(values, rows, columns) : new Float64Array();
      },
    );
  }

  readonly shape = $derived.by(() => sliceShape(this.tensor() ?? { shape: [] }));
  get #slice(): number {
    return Math.min(this.slice, this.shape.slices - 1);
  }

  /** A matrix that is small enough for its singular values. */
  readonly hasSpectrum = $derived.by(() => {
    const { rows, columns } = this.shape;
    return rows > 1 && Math.min(rows, columns) <= MOST_SIDE && rows * columns <= MOST_VALUES;
  });
  readonly bounds = $derived.by(() => ({
    rows: this.shape.rows,
    columns: this.shape.columns,
    firstColumn: 0,
  }));
  readonly viewed: Viewport = $derived.by(() =>
    this.#zoomed === null ? whole(this.bounds) : inside(this.#zoomed, this.bounds),
  );
  readonly isZoomed = $derived.by(() => this.#zoomed !== null);

  zoom(factor: number, x = 0.5, y = 0.5): void {
    const next = zoomAt(this.viewed, this.bounds, factor, x, y);
    this.#zoomed = isWhole(next, this.bounds) ? null : next;
  }

  pan(x: number, y: number): void {
    const { left, top, right, bottom } = this.viewed;
    if (this.#zoomed !== null)
      this.#zoomed = pan(this.viewed, this.bounds, x * (right - left), y * (bottom - top));
  }

  /** Another tensor is looked at from its beginning. */
  reset(): void {
    this.slice = 0;
    this.#zoomed = null;
  }

  close(): void {
    this.statistics.close();
    this.picture.close();
    this.spectrum.close();
  }
}
