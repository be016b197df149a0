import code from '../../../shaders/heatmap.wgsl?raw';
import { describeMessages } from '../../gpu/kernel.ts';
import { SCALE_STEPS, type Domain, type Rgb } from './scale.ts';

/** One map on the canvas, and where its cells lie in the buffer of values. */
export interface HeatmapPlace {
  /** x, y, width and height in device pixels of the canvas; may stand out over its edges. */
  readonly rect: readonly [number, number, number, number];
  /** First row and column of the whole matrix that the cells show, and how many rows and columns they cover. */
  readonly start: readonly [row: number, column: number];
  readonly span: readonly [rows: number, columns: number];
  /** f32 elements of the buffer: the first cell, and from one row to the next. */
  readonly offset: number;
  readonly stride: number;
  /** Cells: at most the span; fewer when they are pooled. */
  readonly rows: number;
  readonly columns: number;
}

/** Row and column of the whole matrix; null: none. */
interface Highlight {
  readonly row: number | null;
  readonly column: number | null;
}

/** How every map of a canvas is drawn. */
export interface HeatmapStyle {
  readonly domain: Domain;
  /** 256 colours, from `scaleColours`. */
  readonly colours: readonly Rgb[];
  /** Around the maps, and in the gaps between cells. */
  readonly background: Rgb;
  /** Cells that can hold no value: later keys of causal attention. */
  readonly masked: Rgb;
  /** NaN and infinities. */
  readonly invalid: Rgb;
  readonly hovered: Highlight;
  readonly locked: Highlight;
  readonly lockColour: Rgb;
  /** Opacity of highlights; what is hovered is drawn black or white, whichever stands out. */
  readonly highlight: number;
  /** Device pixels: thickness of highlights, and the gap between cells (0: none). */
  readonly line: number;
  readonly gap: number;
  /** Columns above row + this number are masked; null: no cell is. */
  readonly diagonal: number | null;
}

const STYLE_FLOATS = 32;
const PLACE_WORDS = 12;

/**
 * Draws heatmaps straight from a storage buffer: many maps in one draw, nearest cell, nothing copied.
 * Belongs to one device.
 */
export class Heatmap {
  readonly #device: GPUDevice;
  readonly #pipeline: GPURenderPipeline;
  readonly #style: GPUBuffer;
  readonly #colours: GPUBuffer;
  #places: GPUBuffer;
  #count = 0;
  #group: GPUBindGroup | null = null;
  #table: readonly Rgb[] | null = null;

  private constructor(device: GPUDevice, pipeline: GPURenderPipeline) {
    this.#device = device;
    this.#pipeline = pipeline;
    this.#style = uniform(device, 'heatmap style', STYLE_FLOATS * 4);
    this.#colours = uniform(device, 'heatmap colours', SCALE_STEPS * 16);
    this.#places = storage(device, PLACE_WORDS * 4);
  }

  /** @throws Error with the offending line when the shader does not compile. */
  static async create(device: GPUDevice, format: GPUTextureFormat): Promise<Heatmap> {
    return new Heatmap(device, await pipelineFor(device, format));
  }

  /**
   * What to draw from now on.
   * @param values f32; must stay alive until other places are set. Null when there are none.
   */
  setPlaces(places: readonly HeatmapPlace[], values: GPUBuffer | null): void {
    if (values === null || places.length === 0) {
      this.#count = 0;
      this.#group = null;
      return;
    }
    const bytes = places.length * PLACE_WORDS * 4;
    if (this.#places.size < bytes) {
      this.#places.destroy();
      this.#places = storage(this.#device, bytes);
    }
    const first = Math.min(...places.map(({ offset }) => offset));
    const end = Math.max(...places.map((place) => endOf(place)));
    // Bindings start at multiples of 256 bytes.
    const base = Math.floor(first / 64) * 64;
    this.#device.queue.writeBuffer(this.#places, 0, packPlaces(places, base));
    this.#group = this.#device.createBindGroup({
      label: 'heatmap',
      layout: this.#pipeline.getBindGroupLayout(0),
      entries: [
        { binding: 0, resource: { buffer: this.#style } },
        { binding: 1, resource: { buffer: this.#colours } },
        { binding: 2, resource: { buffer: this.#places } },
        { binding: 3, resource: { buffer: values, offset: base * 4, size: (end - base) * 4 } },
      ],
    });
    this.#count = places.length;
  }

  /** Draws into a texture of `width` × `height` device pixels and submits. */
  draw(view: GPUTextureView, width: number, height: number, style: HeatmapStyle): void {
    this.#device.queue.writeBuffer(this.#style, 0, packStyle(style, width, height));
    if (this.#table !== style.colours) {
      const table = new Float32Array(SCALE_STEPS * 4);
      for (const [i, colour] of style.colours.entries()) table.set([...colour, 1], i * 4);
      this.#device.queue.writeBuffer(this.#colours, 0, table);
      this.#table = style.colours;
    }
    const [r, g, b] = style.background;
    const encoder = this.#device.createCommandEncoder({ label: 'heatmap' });
    const pass = encoder.beginRenderPass({
      colorAttachments: [{ view, clearValue: [r, g, b, 1], loadOp: 'clear', storeOp: 'store' }],
    });
    if (this.#group !== null) {
      pass.setPipeline(this.#pipeline);
      pass.setBindGroup(0, this.#group);
      pass.draw(4, this.#count);
    }
    pass.end();
    this.#device.queue.submit([encoder.finish()]);
  }

  destroy(): void {
    this.#count = 0;
    this.#group = null;
    for (const buffer of [this.#style, this.#colours, this.#places]) buffer.destroy();
  }
}

/** Element after a place's last cell. */
function endOf({ offset, stride, rows, columns }: HeatmapPlace): number {
  return offset + (rows - 1) * stride + columns;
}

function packPlaces(places: readonly HeatmapPlace[], base: number): ArrayBuffer {
  const bytes = new ArrayBuffer(places.length * PLACE_WORDS * 4);
  const floats = new Float32Array(bytes);
  const words = new Uint32Array(bytes);
  for (const [i, { rect, start, span, offset, stride, rows, columns }] of places.entries()) {
    floats.set([...rect, ...start, ...span], i * PLACE_WORDS);
    words.set([offset - base, stride, rows, columns], i * PLACE_WORDS + 8);
  }
  return bytes;
}

function packStyle(style: HeatmapStyle, width: number, height: number): ArrayBuffer {
  const bytes = new ArrayBuffer(STYLE_FLOATS * 4);
  const floats = new Float32Array(bytes);
  const words = new Uint32Array(bytes);
  const { domain, hovered, locked } = style;
  floats.set([width, height, domain.low, domain.high]);
  floats.set([hovered.row ?? -1, hovered.column ?? -1, locked.row ?? -1, locked.column ?? -1], 4);
  const grounds = [style.background, style.masked, style.invalid];
  for (const [i, colour] of grounds.entries()) floats.set([...colour, 1], 8 + i * 4);
  floats.set([...style.lockColour, style.highlight, style.highlight, style.line, style.gap], 20);
  words.set([domain.log ? 1 : 0, style.diagonal === null ? 0 : 1], 27);
  floats[29] = style.diagonal ?? 0;
  return bytes;
}

function uniform(device: GPUDevice, label: string, size: number): GPUBuffer {
  return device.createBuffer({ label, size, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
}

function storage(device: GPUDevice, size: number): GPUBuffer {
  return device.createBuffer({
    label: 'heatmap places',
    size,
    usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST,
  });
}

const pipelines = new WeakMap<GPUDevice, Map<GPUTextureFormat, Promise<GPURenderPipeline>>>();

/** Compiled once for each device and format. */
function pipelineFor(device: GPUDevice, format: GPUTextureFormat): Promise<GPURenderPipeline> {
  const known = pipelines.get(device) ?? new Map<GPUTextureFormat, Promise<GPURenderPipeline>>();
  pipelines.set(device, known);
  const found = known.get(format);
  if (found !== undefined) return found;
  const pipeline = compile(device, format);
  known.set(format, pipeline);
  pipeline.catch(() => known.delete(format));
  return pipeline;
}

async function compile(device: GPUDevice, format: GPUTextureFormat): Promise<GPURenderPipeline> {
  // Errors of the module come through the pipeline that uses it, not through the device's error event.
  device.pushErrorScope('validation');
  const module = device.createShaderModule({ label: 'heatmap', code });
  void device.popErrorScope();
  try {
    return await device.createRenderPipelineAsync({
      label: 'heatmap',
      layout: 'auto',
      vertex: { module, entryPoint: 'vertex' },
      fragment: { module, entryPoint: 'fragment', targets: [{ format }] },
      primitive: { topology: 'triangle-strip' },
    });
  } catch (error) {
    const { messages } = await module.getCompilationInfo();
    throw new Error(describeMessages('heatmap', code, messages) || 'The heatmap’s pipeline failed.', {
      cause: error,
    });
  }
}
