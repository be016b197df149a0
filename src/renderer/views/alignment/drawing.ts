import { tokenName, visibleText } from '../../common/tokens.ts';
import type { Drawing, DrawingSize } from '../../drawing/drawing.ts';
import { fitText } from '../../drawing/text.ts';
import { sentenceOf } from './phases.ts';
import { stageOf } from './stage.ts';
import type { AttentionStep } from './step.ts';
import { columnMarks } from './column-marks.ts';
import { matrixMarks } from './matrix-marks.ts';
import { outputMarks } from './output-marks.ts';
import { resultMarks } from './result-marks.ts';
import { strongest, type ProcessPicture } from './process.ts';
/** A step of an attention decoder, as far as its phase has come. */
export function processDrawing(value: AttentionStep, picture: ProcessPicture, size: DrawingSize): Drawing {
  const { run, step } = value;
  const source = (run.sourceTokens ?? []).map(({ text }) => visibleText(text));
  const stage = stageOf(size, source, run.tokens.length);
  const weights = picture.dragged ?? Array.from(value.weights);
  const looked = picture.looked ?? strongest(weights);
  const title = `${run.model.name} · step ${tokenName(run.tokens, step)}`;
  const { caption, text } = stage;
  const name = tokenName(run.sourceTokens ?? [], looked);
  const words = sentenceOf(picture.phase, { ...value, weights: Float32Array.from(weights) }, looked, name);
  const face = { size: text, weight: 700 } as const;
  return {
    width: size.width,
    height: size.height,
    marks: [
      {
        ...{ kind: 'text', x: caption.x, y: caption.y + text, ...face, fill: 'text-1' },
        text: fitText(words, caption.width, face),
      },
      ...outputMarks(value, stage, weights, picture),
      ...columnMarks(value, stage, { weights, looked, source, picture }),
      ...resultMarks(value, stage, weights, picture),
      ...matrixMarks(value, stage, weights, picture),
    ],
    title: `${title}: ${words}`,
  };
}
