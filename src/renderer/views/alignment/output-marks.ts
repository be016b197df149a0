import { visibleText } from '../../common/tokens.ts';
import type { Mark } from '../../drawing/drawing.ts';
import { textWidth } from '../../drawing/text.ts';
import { middleOf, type Stage } from './stage.ts';
import type { AttentionStep } from './step.ts';
import { reached, type ProcessPicture } from './process.ts';
/** The output in a line, its current word marked, with arcs to where it looks. */
export function outputMarks(
  { run, step }: AttentionStep,
  stage: Stage,
  weights: readonly number[],
  picture: ProcessPicture,
): Mark[] {
  const { output, arcs, text } = stage;
  const names = run.tokens.map((token) => visibleText(token.text));
  const face = { size: text, family: 'mono' } as const;
  const widths = names.map((word) => textWidth(word, face) + text * 0.35);
  // As much of the text as has room, the current word in it.
  let [from, to, room] = [step, step + 1, output.width - (widths[step] ?? 0)];
  while (room > 0 && (from > 0 || to < names.length)) {
    if (from > 0 && (step - from <= to - step || to >= names.length)) room -= widths[--from] ?? 0;
    else room -= widths[to++] ?? 0;
  }
  if (room < 0 && to - from > 1) {
    if (step - from > to - 1 - step) from++;
    else to--;
  }
  const marks: Mark[] = [];
  let [x, current] = [output.x, output.x];
  for (let index = from; index < to; index++) {
    const isNow = index === step;
    const w = widths[index] ?? 0;
    // What is still to come is not known yet.
    const isKnown = index < step || (isNow && reached(picture, 'word') > 0) || picture.phase === 'word';
    if (isNow) {
      current = x + w / 2;
      marks.push({
        kind: 'rect',
        x,
        y: output.y,
        width: w,
        height: text * 1.5,
        radius: text / 4,
        fill: 'accent-soft',
        stroke: 'accent',
      });
    }
    marks.push({
      ...{ kind: 'text', id: `output-${index}`, x: x + text * 0.15, y: output.y + text * 1.1, ...face },
      text: isNow && !isKnown ? '?' : (names[index] ?? ''),
      ...{
        fill: index > step ? 'text-3' : 'text-1',
        weight: isNow ? 700 : 400,
        opacity: index > step ? 0.6 : 1,
      },
    });
    x += w;
  }
  const share = reached(picture, 'softmax');
  const top = output.y + text * 1.5;
  const bottom = arcs.y + arcs.height;
  for (const [index, weight] of weights.entries()) {
    if (weight < 0.02 || share === 0) continue;
    const end = middleOf(stage, index);
    const half = (top + bottom) / 2;
    marks.push({
      ...{ kind: 'path', d: `M${current} ${top}C${current} ${half} ${end} ${half} ${end} ${bottom}` },
      ...{
        stroke: 'accent',
        strokeWidth: Math.max(1, (weight * text) / 2),
        opacity: share * Math.min(1, 0.25 + weight),
      },
    });
  }
  return marks;
}
