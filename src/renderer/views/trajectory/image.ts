import { cssColour, scaleColours } from '../../common/heatmap/scale.ts';
import type { Paint, PixelRaster } from '../../drawing/drawing.ts';
import type { Scene } from '../../drawing/parts/scene.ts';
import { alongScale } from '../../drawing/theme.ts';

/** Pixels of an image for one of the figure. */
const IMAGE_SCALE = 2;

/** Points and lines as pixels, what is far first, on a transparent ground. */
export function imageOf(
  { points, lines, project }: Pick<Scene, 'points' | 'lines' | 'project'>,
  width: number,
  height: number,
): PixelRaster {
  const [columns, rows] = [Math.ceil(width * IMAGE_SCALE), Math.ceil(height * IMAGE_SCALE)];
  const context = new OffscreenCanvas(columns, rows).getContext('2d', { willReadFrequently: true });
  if (context === null) throw new RangeError(`A picture of ${columns} × ${rows} pixels can't be drawn.`);
  context.scale(IMAGE_SCALE, IMAGE_SCALE);
  const table = scaleColours('viridis', 'dark');
  const css = (paint: Paint | readonly Paint[]) =>
    cssColour(typeof paint === 'object' && 'scale' in paint ? alongScale(table, paint.at) : [0, 0, 0]);
  const strokes = lines.map(({ points: [from, to], stroke, strokeWidth, opacity = 1 }) => {
    const [a, b] = [project(from ?? [0, 0, 0]), project(to ?? [0, 0, 0])];
    return {
      depth: (a.depth + b.depth) / 2,
      draw: () => {
        context.globalAlpha = opacity;
        context.strokeStyle = css(stroke);
        context.lineWidth = strokeWidth;
        context.beginPath();
        context.moveTo(a.x * width, a.y * height);
        context.lineTo(b.x * width, b.y * height);
        context.stroke();
      },
    };
  });
  const discs = points.map(({ at, radius, fill, opacity = 1 }) => {
    const { x, y, depth } = project(at);
    return {
      depth,
      draw: () => {
        context.globalAlpha = opacity;
        context.fillStyle = css(fill);
        context.beginPath();
        context.arc(x * width, y * height, radius, 0, 2 * Math.PI);
        context.fill();
      },
    };
  });
  for (const { depth, draw } of [...strokes, ...discs].sort((a, b) => b.depth - a.depth))
    if (depth > 0) draw();
  return { columns, rows, rgba: context.getImageData(0, 0, columns, rows).data };
}
