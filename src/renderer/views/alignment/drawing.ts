import { tokenName, visibleText } from '../../common/tokens.ts';
import type { Drawing, DrawingSize, Mark } from '../../drawing/drawing.ts';
import { LINE_HEIGHT, wrapText } from '../../drawing/text.ts';
import { sentenceOf } from './phases.ts';
import { stageOf, type Stage } from './stage.ts';
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
  const name = tokenName(run.sourceTokens ?? [], looked);
  const words = sentenceOf(picture.phase, { ...value, weights: Float32Array.from(weights) }, looked, name);
  return {
    width: size.width,
    height: size.height,
    marks: [
      ...captionMarks(words, stage),
      ...outputMarks(value, stage, weights, picture),
      ...columnMarks(value, stage, { weights, looked, source, picture }),
      ...resultMarks(value, stage, weights, picture),
      ...matrixMarks(value, stage, weights, picture),
    ],
    title: `${title}: ${words}`,
  };
}

/** What happens, in lines that end where the output begins. */
function captionMarks(words: string, { caption, text }: Stage): Mark[] {
  const face = { size: text, weight: 700 } as const;
  const lines = wrapText(words, caption.width, face, Math.floor(caption.height / (text * LINE_HEIGHT)));
  const bottom = caption.y + caption.height - text * 0.6;
  return lines.map((line, at): Mark => ({
    ...{ kind: 'text', x: caption.x, y: bottom - text * LINE_HEIGHT * (lines.length - 1 - at), ...face },
    ...{ fill: 'text-1', text: line },
  }));
}
