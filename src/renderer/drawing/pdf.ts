import { jsPDF } from 'jspdf';
import type {
  Drawing,
  Filled,
  GroupMark,
  ImageMark,
  Mark,
  Paint,
  PixelRaster,
  Stroked,
  TextMark,
} from './drawing.ts';
import type { FontFile } from './fonts.ts';
import { parsePath, polylineSegments, type Segment } from './path.ts';
import { drawTextOnCanvas, textRuns, type DrawText } from './pdf-text.ts';
import { base64, encodePng, enlarged, pixelsOf } from './raster.ts';
import { FONT_FAMILIES } from './svg.ts';
import { baselineShift, HALO } from './text.ts';
import { colourIn, hexColour, type FigureTheme } from './theme.ts';
import { readFont, type FontFacts } from './true-type.ts';

export interface PdfOptions {
  readonly theme: FigureTheme;
  readonly transparent: boolean;
  /** Width on paper; the height follows. Left out: 96 pixels an inch. */
  readonly millimetres?: number;
  readonly fonts: readonly FontFile[];
  /** Draws what the fonts have no letters for, as pictures; a canvas when left out. */
  readonly drawText?: DrawText;
}

const POINTS_AN_INCH = 72;
const MILLIMETRES_AN_INCH = 25.4;
/** Readers may smooth an image that has fewer pixels than this on its longer side: its pixels are repeated. */
const SHARP_IMAGE = 1024;

/**
 * A drawing as a PDF of one page with vectors, real text and its fonts (the letters that are used). The same bytes for the
 * same drawing: it carries no date of its own.
 */
export function pdfOf(drawing: Drawing, options: PdfOptions): Uint8Array<ArrayBuffer> {
  const { width, height, title = '' } = drawing;
  const { millimetres } = options;
  const unit =
    millimetres === undefined
      ? POINTS_AN_INCH / 96
      : ((millimetres / MILLIMETRES_AN_INCH) * POINTS_AN_INCH) / width;
  const document = new jsPDF({
    // The type does not know that a unit may be a number of points.
    unit: unit as unknown as 'px',
    format: [width, height],
    orientation: width > height ? 'landscape' : 'portrait',
    compress: true,
    putOnlyUsedFonts: true,
    floatPrecision: 3,
  });
  document.setCreationDate("D:20000101000000+00'00'");
  document.setFileId('48454144474154450000000000000000');
  document.setProperties({ title, creator: 'Headgate' });
  const page = new Page(document, unit, options);
  if (!options.transparent) page.draw({ kind: 'rect', x: 0, y: 0, width, height, fill: 'surface-1' });
  for (const mark of drawing.marks) page.draw(mark);
  return new Uint8Array(document.output('arraybuffer'));
}

class Page {
  readonly #pdf: jsPDF;
  readonly #unit: number;
  readonly #theme: FigureTheme;
  readonly #fonts: readonly FontFile[];
  readonly #drawText: DrawText;
  readonly #known = new Map<string, FontFacts>();
  #x = 0;
  #y = 0;
  #opacity = 1;

  constructor(pdf: jsPDF, unit: number, { theme, fonts, drawText = drawTextOnCanvas }: PdfOptions) {
    this.#pdf = pdf;
    this.#unit = unit;
    this.#theme = theme;
    this.#fonts = fonts;
    this.#drawText = drawText;
  }

  draw(mark: Mark): void {
    const pdf = this.#pdf;
    const outer = this.#opacity;
    this.#opacity = outer * (mark.opacity ?? 1);
    if (this.#opacity < 1) {
      pdf.saveGraphicsState();
      pdf.setGState(pdf.GState({ opacity: this.#opacity, 'stroke-opacity': this.#opacity }));
    }
    this.#shape(mark);
    if (this.#opacity < 1) pdf.restoreGraphicsState();
    this.#opacity = outer;
  }

  #shape(mark: Mark): void {
    const pdf = this.#pdf;
    switch (mark.kind) {
      case 'rect': {
        const style = this.#style(mark);
        const { x, y, width, height, radius = 0 } = mark;
        if (style === null) break;
        if (radius === 0) pdf.rect(x + this.#x, y + this.#y, width, height, style);
        else pdf.roundedRect(x + this.#x, y + this.#y, width, height, radius, radius, style);
        break;
      }
      case 'line':
        if (this.#style(mark) !== null)
          pdf.line(mark.x1 + this.#x, mark.y1 + this.#y, mark.x2 + this.#x, mark.y2 + this.#y);
        break;
      case 'polyline':
        this.#path(polylineSegments(mark.points, mark.closed === true), mark);
        break;
      case 'path':
        this.#path(parsePath(mark.d), mark);
        break;
      case 'circle': {
        const style = this.#style(mark);
        if (style !== null) pdf.circle(mark.x + this.#x, mark.y + this.#y, mark.radius, style);
        break;
      }
      case 'text':
        this.#text(mark);
        break;
      case 'image':
        this.#image(mark);
        break;
      case 'group':
        this.#group(mark);
    }
  }

  #rgb(paint: Paint): [number, number, number] {
    const [r, g, b] = colourIn(this.#theme, paint);
    return [Math.round(r * 255), Math.round(g * 255), Math.round(b * 255)];
  }

  /** Sets colours and line of a mark. @returns how jsPDF names what is painted; null: nothing */
  #style({ fill, stroke, strokeWidth = 1, dash = [] }: Filled & Stroked): 'F' | 'S' | 'FD' | null {
    if (fill !== undefined) this.#pdf.setFillColor(...this.#rgb(fill));
    if (stroke === undefined) return fill === undefined ? null : 'F';
    this.#pdf.setDrawColor(...this.#rgb(stroke));
    this.#pdf.setLineWidth(strokeWidth);
    this.#pdf.setLineJoin('round');
    this.#pdf.setLineDashPattern([...dash], 0);
    return fill === undefined ? 'S' : 'FD';
  }

  #path(segments: readonly Segment[], mark: Filled): void {
    const style = this.#style(mark);
    if (style === null || segments.length === 0) return;
    const pdf = this.#pdf;
    const [dx, dy] = [this.#x, this.#y];
    for (const segment of segments)
      if (segment.kind === 'M') pdf.moveTo(segment.x + dx, segment.y + dy);
      else if (segment.kind === 'L') pdf.lineTo(segment.x + dx, segment.y + dy);
      else if (segment.kind === 'Z') pdf.close();
      else {
        const { x1, y1, x2, y2, x, y } = segment;
        pdf.curveTo(x1 + dx, y1 + dy, x2 + dx, y2 + dy, x + dx, y + dy);
      }
    if (style === 'F') pdf.fill();
    else if (style === 'S') pdf.stroke();
    else pdf.fillStroke();
  }

  #text(mark: TextMark): void {
    const { text, size, fill, family = 'sans', weight = 400, anchor = 'start', rotate = 0, halo } = mark;
    const facts = this.#font(family, weight, size);
    const colour = hexColour(colourIn(this.#theme, fill));
    const css = `${weight} ${size}px ${FONT_FAMILIES[family]}`;
    const runs = textRuns(text, facts).map((run) => {
      const picture = run.inFont ? null : this.#drawText(run.text, css, size, colour);
      const letters = [...run.text].reduce(
        (sum, letter) => sum + facts.advance(letter.codePointAt(0) ?? 0),
        0,
      );
      return { text: run.text, picture, advance: picture?.advance ?? letters * size };
    });
    const width = runs.reduce((sum, { advance }) => sum + advance, 0);
    const angle = (rotate * Math.PI) / 180;
    const line = baselineShift(mark.baseline ?? 'alphabetic', size);
    // From the text's own line, which may be turned, to the page.
    const place = (along: number, across: number) => ({
      x: this.#x + mark.x + along * Math.cos(angle) - across * Math.sin(angle),
      y: this.#y + mark.y + along * Math.sin(angle) + across * Math.cos(angle),
    });
    let along = { start: 0, middle: -width / 2, end: -width }[anchor];
    for (const { text: letters, picture, advance } of runs) {
      const { x, y } = place(along, line);
      if (picture === null) {
        if (halo !== undefined) {
          this.#style({ stroke: halo, strokeWidth: size * HALO });
          this.#pdf.text(letters, x, y, { angle: -rotate, renderingMode: 'stroke' });
        }
        this.#pdf.setTextColor(...this.#rgb(fill));
        this.#pdf.text(letters, x, y, { angle: -rotate, renderingMode: 'fill' });
      } else {
        // jsPDF turns an image about its lower left.
        const corner = place(along + picture.x, line + picture.y + picture.height);
        this.#png(picture.raster, { ...corner, y: corner.y - picture.height, ...sizeOf(picture) }, -rotate);
      }
      along += advance;
    }
  }

  /** Makes a face the one that is written with. */
  #font(family: 'sans' | 'mono', weight: 400 | 700, size: number): FontFacts {
    const [name, style] = [`DejaVu ${family}`, weight === 700 ? 'bold' : 'normal'];
    const key = `${name} ${style}`;
    let facts = this.#known.get(key);
    if (facts === undefined) {
      const file = this.#fonts.find((font) => font.family === family && font.weight === weight);
      if (file === undefined) throw new RangeError(`There is no font for ${key}.`);
      facts = readFont(file.bytes);
      this.#known.set(key, facts);
      this.#pdf.addFileToVFS(`${key}.ttf`, base64(file.bytes));
      this.#pdf.addFont(`${key}.ttf`, name, style);
    }
    this.#pdf.setFont(name, style);
    this.#pdf.setFontSize(size * this.#unit);
    return facts;
  }

  #image({ x, y, width, height, raster }: ImageMark): void {
    const { columns, rows } = raster;
    if (columns === 0 || rows === 0) return;
    const factor = Math.max(1, Math.floor(SHARP_IMAGE / Math.max(columns, rows)));
    const rgba = enlarged(pixelsOf(raster, this.#theme), columns, factor);
    const pixels = { rgba, columns: columns * factor, rows: rows * factor };
    this.#png(pixels, { x: x + this.#x, y: y + this.#y, width, height }, 0);
  }

  #png(
    { rgba, columns }: PixelRaster,
    place: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
    rotation: number,
  ): void {
    const imageData = encodePng(rgba, columns);
    this.#pdf.addImage({ imageData, format: 'PNG', ...place, rotation, compression: 'SLOW' });
  }

  #group({ marks, x = 0, y = 0, clip }: GroupMark): void {
    const [outerX, outerY] = [this.#x, this.#y];
    this.#x += x;
    this.#y += y;
    if (clip !== undefined) {
      this.#pdf.saveGraphicsState();
      this.#pdf.rect(clip.x + this.#x, clip.y + this.#y, clip.width, clip.height, null);
      this.#pdf.clip();
      this.#pdf.discardPath();
    }
    for (const mark of marks) this.draw(mark);
    if (clip !== undefined) this.#pdf.restoreGraphicsState();
    [this.#x, this.#y] = [outerX, outerY];
  }
}

function sizeOf({ width, height }: { readonly width: number; readonly height: number }) {
  return { width, height };
}
