import { formatPercent, formatValue } from '../../common/numbers.ts';
import { visibleText } from '../../common/tokens.ts';
import type { Mark } from '../../drawing/drawing.ts';
import { heatmapMarks } from '../../drawing/parts/heatmap.ts';
import { fitText } from '../../drawing/text.ts';
import type { Stage } from './stage.ts';
import type { AttentionStep } from './step.ts';
import { pool, reached, type ProcessPicture } from './process.ts';
/** The context, and the words that it and the state speak for. */
export function resultMarks(
  { steps, rivals }: AttentionStep,
  stage: Stage,
  weights: readonly number[],
  picture: ProcessPicture,
): Mark[] {
  const { context: place, rivals: list, text } = stage;
  const share = reached(picture, 'sum');
  const K = steps.context.length;
  // While weights are dragged, the sum follows at once.
  const context = Float32Array.from({ length: K }, (_, i) =>
    weights.reduce((sum, weight, s) => sum + weight * (steps.values[s * K + i] ?? 0), 0),
  );
  const cells = pool(context);
  const reach = Math.max(1e-9, ...cells.map(Math.abs));
  const marks: Mark[] = [];
  if (share > 0) {
    const domain = { low: -reach, high: reach, log: false };
    marks.push({
      ...{ kind: 'group', opacity: share },
      marks: [
        ...heatmapMarks(
          { rows: cells.length, columns: 1, values: cells, domain, scale: 'diverging', isImage: true },
          place,
        ),
        ...contextWords(stage, reach),
      ],
    });
  }
  const said = reached(picture, 'word');
  const count = Math.min(rivals.length, Math.floor(list.height / (text * 1.3)));
  if (said === 0 || count === 0) return marks;
  const row = Math.min(list.height / count, text * 2);
  const shown = rivals.slice(0, count);
  const face = { size: text, family: 'mono' } as const;
  for (const [index, { token, probability }] of shown.entries()) {
    const y = list.y + index * row;
    marks.push({
      ...{ kind: 'group', opacity: said },
      marks: [
        {
          kind: 'rect',
          x: list.x,
          y: y + row * 0.1,
          width: list.width,
          height: row * 0.8,
          fill: 'surface-3',
        },
        {
          kind: 'rect',
          x: list.x,
          y: y + row * 0.1,
          width: list.width * probability,
          height: row * 0.8,
          fill: 'accent',
          opacity: 0.5,
        },
        {
          kind: 'text',
          x: list.x + text * 0.4,
          y: y + row / 2,
          text: fitText(visibleText(token.text), list.width - text * 5, face),
          ...face,
          fill: 'text-1',
          baseline: 'middle',
          weight: index === 0 ? 700 : 400,
        },
        {
          kind: 'text',
          x: list.x + list.width - text * 0.3,
          y: y + row / 2,
          text: formatPercent(probability),
          size: text,
          fill: 'text-1',
          anchor: 'end',
          baseline: 'middle',
        },
      ],
    });
  }
  return marks;
}

/** What the sum is, beside its bar or above it. */
function contextWords({ context, arcs, text, isBeside }: Stage, reach: number): Mark[] {
  const words = { kind: 'text', size: text, fill: 'value', weight: 700 } as const;
  const x = context.x + context.width;
  if (!isBeside)
    return arcs.height < text * 1.2
      ? []
      : [{ ...words, x, y: context.y - text * 0.4, text: '= context', anchor: 'end', halo: 'surface-1' }];
  return [
    { ...words, x: x + text * 0.5, y: context.y + text, text: '= context' },
    {
      ...{ kind: 'text', x: x + text * 0.5, y: context.y + text * 2.4, text: `±${formatValue(reach)}` },
      ...{ size: text, fill: 'text-2' },
    },
  ];
}
