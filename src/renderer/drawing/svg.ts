import type { Drawing, Filled, GroupMark, ImageMark, Mark, Paint, Stroked, TextMark } from './drawing.ts';
import { parsePath, pathText, polylineSegments, short } from './path.ts';
import { base64, encodePng, pixelsOf } from './raster.ts';
import { baselineShift, cleanText, HALO } from './text.ts';
import { colourIn, hexColour, type FigureTheme } from './theme.ts';

/** Faces as wide as the one that is measured come first. */
export const FONT_FAMILIES = {
  sans: "'DejaVu Sans', Verdana, 'Bitstream Vera Sans', sans-serif",
  mono: "'DejaVu Sans Mono', Menlo, 'Bitstream Vera Sans Mono', Consolas, monospace",
} as const;

export interface SvgOptions {
  readonly theme: FigureTheme;
  /** No ground is drawn. */
  readonly transparent: boolean;
  /** Width on paper; the height follows. Left out: pixels. */
  readonly millimetres?: number;
}

/** A drawing as an SVG file, the same bytes for the same drawing. Text stays text; nothing is loaded from elsewhere. */
export function svgOf({ width, height, marks, title }: Drawing, options: SvgOptions): string {
  const writer = new SvgWriter(options.theme);
  const body = marks.map((mark) => writer.mark(mark));
  const { millimetres } = options;
  const size =
    millimetres === undefined
      ? `width="${short(width)}" height="${short(height)}"`
      : `width="${short(millimetres)}mm" height="${short((millimetres * height) / width)}mm"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} viewBox="0 0 ${short(width)} ${short(height)}">`,
    ...(title === undefined ? [] : [`<title>${escaped(title)}</title>`]),
    ...(options.transparent
      ? []
      : [
          `<rect width="${short(width)}" height="${short(height)}" fill="${hexColour(options.theme.roles['surface-1'])}"/>`,
        ]),
    ...body,
    '</svg>',
    '',
  ].join('\n');
}

class SvgWriter {
  readonly #theme: FigureTheme;
  #clips = 0;

  constructor(theme: FigureTheme) {
    this.#theme = theme;
  }

  mark(mark: Mark): string {
    switch (mark.kind) {
      case 'rect': {
        const { x, y, width, height, radius } = mark;
        const corners = radius === undefined ? {} : { rx: radius };
        const edges = mark.crisp === true ? ' shape-rendering="crispEdges"' : '';
        return `<rect${places({ x, y, width, height, ...corners })}${this.#filled(mark)}${edges}/>`;
      }
      case 'line': {
        const { x1, y1, x2, y2 } = mark;
        return `<line${places({ x1, y1, x2, y2 })}${this.#stroked(mark)}/>`;
      }
      case 'polyline':
        return `<path d="${pathText(polylineSegments(mark.points, mark.closed === true))}"${this.#filled(mark)}/>`;
      case 'path':
        return `<path d="${pathText(parsePath(mark.d))}"${this.#filled(mark)}/>`;
      case 'circle':
        return `<circle${places({ cx: mark.x, cy: mark.y, r: mark.radius })}${this.#filled(mark)}/>`;
      case 'text':
        return this.#text(mark);
      case 'image':
        return this.#image(mark);
      case 'group':
        return this.#group(mark);
    }
  }

  #colour(paint: Paint): string {
    return hexColour(colourIn(this.#theme, paint));
  }

  #filled(mark: Filled): string {
    return ` fill="${mark.fill === undefined ? 'none' : this.#colour(mark.fill)}"${this.#stroked(mark)}`;
  }

  #stroked({ stroke, strokeWidth, dash, opacity }: Stroked): string {
    const parts: string[] = [];
    if (stroke !== undefined) {
      parts.push(` stroke="${this.#colour(stroke)}"`);
      if (strokeWidth !== undefined) parts.push(` stroke-width="${short(strokeWidth)}"`);
      parts.push(' stroke-linejoin="round"');
      if (dash !== undefined) parts.push(` stroke-dasharray="${dash.map(short).join(' ')}"`);
    }
    return parts.join('') + opacityOf(opacity);
  }

  #text(mark: TextMark): string {
    const { x, y, text, size, fill, anchor = 'start', baseline = 'alphabetic', halo } = mark;
    const { family = 'sans', weight = 400, rotate = 0 } = mark;
    // Readers differ in what they make of dominant-baseline: the line is reckoned here.
    const place =
      rotate === 0
        ? places({ x, y: y + baselineShift(baseline, size) })
        : `${places({ y: baselineShift(baseline, size) })} transform="translate(${short(x)} ${short(y)}) rotate(${short(rotate)})"`;
    const attributes = [
      ` font-family="${FONT_FAMILIES[family]}" font-size="${short(size)}"`,
      weight === 400 ? '' : ` font-weight="${weight}"`,
      anchor === 'start' ? '' : ` text-anchor="${anchor}"`,
      ` fill="${this.#colour(fill)}"`,
      halo === undefined
        ? ''
        : ` stroke="${this.#colour(halo)}" stroke-width="${short(size * HALO)}" stroke-linejoin="round" paint-order="stroke"`,
      opacityOf(mark.opacity),
      // Readers differ in what they inherit, and drop spaces that nobody asks them to keep.
      /^\s|\s$|\s\s/.test(text) ? ' xml:space="preserve" style="white-space:pre"' : '',
    ];
    return `<text${place}${attributes.join('')}>${escaped(text)}</text>`;
  }

  #image({ x, y, width, height, raster, opacity }: ImageMark): string {
    const png = base64(encodePng(pixelsOf(raster, this.#theme), raster.columns));
    return `<image${places({ x, y, width, height })} preserveAspectRatio="none" image-rendering="optimizeSpeed" style="image-rendering:pixelated"${opacityOf(opacity)} href="data:image/png;base64,${png}"/>`;
  }

  #group({ marks, x = 0, y = 0, clip, opacity }: GroupMark): string {
    const inside = marks.map((mark) => this.mark(mark)).join('\n');
    const moved = x === 0 && y === 0 ? '' : ` transform="translate(${short(x)} ${short(y)})"`;
    if (clip === undefined) return `<g${moved}${opacityOf(opacity)}>\n${inside}\n</g>`;
    const id = `clip-${++this.#clips}`;
    const window = `<clipPath id="${id}"><rect${places({ ...clip })}/></clipPath>`;
    return `<g${moved}${opacityOf(opacity)}>\n${window}\n<g clip-path="url(#${id})">\n${inside}\n</g>\n</g>`;
  }
}

function places(numbers: Readonly<Record<string, number>>): string {
  return Object.entries(numbers)
    .map(([key, value]) => ` ${key}="${short(value)}"`)
    .join('');
}

function opacityOf(opacity = 1): string {
  return opacity === 1 ? '' : ` opacity="${short(opacity)}"`;
}

function escaped(text: string): string {
  return cleanText(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
