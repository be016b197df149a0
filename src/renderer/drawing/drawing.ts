/**
 * What a view shows, as shapes and text: plain data from which SVG, PDF, PNG and the window are made (svg.ts, pdf.ts,
 * png.ts, canvas.ts, DrawingSvg.svelte). Lengths are CSS pixels, y goes down, later marks lie above earlier ones.
 */
import type { Rgb } from '../common/heatmap/scale.ts';

export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly marks: readonly Mark[];
  /** One sentence for those who cannot see it. */
  readonly title?: string;
}

/** What a drawing is made for. A view takes the width and may answer with another height where its content asks for it. */
export interface DrawingSize {
  readonly width: number;
  readonly height: number;
  /** Size of its usual text: 12 in the window, 24 or more when presented, 10.67 (8 pt) on paper. */
  readonly text: number;
}

/** A colour that a theme gives: the names of ui/tokens.css, without the dashes. */
export type Role =
  | 'surface-0'
  | 'surface-1'
  | 'surface-2'
  | 'surface-3'
  | 'surface-4'
  | 'line-1'
  | 'line-2'
  | 'line-3'
  | 'text-1'
  | 'text-2'
  | 'text-3'
  | 'accent'
  | 'accent-strong'
  | 'accent-soft'
  | 'accent-line'
  | 'on-accent'
  | 'ok'
  | 'warn'
  | 'danger'
  | 'select-hover'
  | 'select-lock'
  | 'query'
  | 'key'
  | 'value'
  | 'category-1'
  | 'category-2'
  | 'category-3'
  | 'category-4'
  | 'category-5'
  | 'category-6'
  | 'category-7'
  | 'category-8';

/** `sequential` for weights and shares, `diverging` for signed values with zero at 0.5. A theme says which colours. */
export type ScaleRole = 'sequential' | 'diverging';

/**
 * A colour, found when the drawing is written: by role, the hue of a head, a place 0 … 1 along a scale, what is read best `on`
 * such a place, or a value.
 */
export type Paint =
  | Role
  | { readonly head: number; readonly of: number }
  | { readonly scale: ScaleRole; readonly at: number }
  | { readonly on: ScaleRole; readonly at: number }
  | { readonly rgb: Rgb };

interface Named {
  /** For events in the window and for tests; once in a drawing. */
  readonly id?: string;
}

export interface Stroked {
  readonly stroke?: Paint;
  /** 1 when left out. */
  readonly strokeWidth?: number;
  /** Lengths of dashes and gaps. */
  readonly dash?: readonly number[];
  /** 0 … 1, of stroke and fill. */
  readonly opacity?: number;
}

export interface Filled extends Stroked {
  /** Left out: not filled. */
  readonly fill?: Paint;
}

interface RectMark extends Named, Filled {
  readonly kind: 'rect';
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Radius of its corners. */
  readonly radius?: number;
  /** Its edges are not softened: for cells that touch each other. */
  readonly crisp?: boolean;
}

interface LineMark extends Named, Stroked {
  readonly kind: 'line';
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

interface PolylineMark extends Named, Filled {
  readonly kind: 'polyline';
  /** x0, y0, x1, y1 … */
  readonly points: readonly number[] | Float32Array;
  readonly closed?: boolean;
}

interface PathMark extends Named, Filled {
  readonly kind: 'path';
  /** As SVG writes it; absolute M, L, H, V, C, Q and Z, which is what d3-shape makes of lines, areas and curves. */
  readonly d: string;
}

interface CircleMark extends Named, Filled {
  readonly kind: 'circle';
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

export interface TextMark extends Named {
  readonly kind: 'text';
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly size: number;
  readonly fill: Paint;
  /** What x is of the text: `start` when left out. */
  readonly anchor?: 'start' | 'middle' | 'end';
  /** What y is of the text: `alphabetic` when left out; `middle` is the middle of its capitals. */
  readonly baseline?: 'alphabetic' | 'middle' | 'top';
  /** `sans` when left out; tokens are `mono`. */
  readonly family?: 'sans' | 'mono';
  readonly weight?: 400 | 700;
  /** Degrees, clockwise, about (x, y). */
  readonly rotate?: number;
  readonly opacity?: number;
  /** A rim around the letters, so that they can be read over other marks. */
  readonly halo?: Paint;
}

/** Coloured cells, drawn without smoothing: exactly one colour a cell. */
export interface ImageMark extends Named {
  readonly kind: 'image';
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly raster: Raster;
  readonly opacity?: number;
}

/** Cells as finished pixels, or as places along a scale that the theme colours. Row by row from the top left. */
export type Raster = PixelRaster | CellRaster;

export interface PixelRaster {
  readonly columns: number;
  readonly rows: number;
  /** [rows, columns, 4], 0 … 255, not premultiplied. */
  readonly rgba: Uint8ClampedArray;
}

interface CellRaster {
  readonly columns: number;
  readonly rows: number;
  /** [rows, columns]: 0 … 1 along the scale, `MASKED`, or NaN for a value that is not finite. */
  readonly places: Float32Array;
  readonly scale: ScaleRole;
}

/** The place of a cell that can hold no value, such as a later key of causal attention. */
export const MASKED = -1;

export interface GroupMark extends Named {
  readonly kind: 'group';
  readonly marks: readonly Mark[];
  /** Moved by this; 0 when left out. */
  readonly x?: number;
  readonly y?: number;
  /** Nothing shows outside of it; in the group's own coordinates. */
  readonly clip?: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
  readonly opacity?: number;
}

export type Mark =
  RectMark | LineMark | PolylineMark | PathMark | CircleMark | TextMark | ImageMark | GroupMark;
