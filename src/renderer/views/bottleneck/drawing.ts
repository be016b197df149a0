import { counted } from '../../common/numbers.ts';
import type { Drawing, DrawingSize, Mark } from '../../drawing/drawing.ts';
import { fitText, isForRoom, leastSize, textWidth } from '../../drawing/text.ts';
import { chartMarks, type Measure } from './chart.ts';
import { densitiesFor, WHOLE, type Density } from './density.ts';
import { numbersOf, outputWords, sourceWords, wordCount, type Reading } from './reading.ts';
import { outputMarks, sourceMarks, type Part } from './sentences.ts';
import { funnelMark, vectorMarks } from './vector.ts';

/** Height of the chart, in sizes of text, below which the parts stand closer or the picture is scrolled. */
const LEAST_CHART = 13.5;
/** The width of the chart beside the sentences: a share of all, and its bounds in sizes of text. */
const BESIDE = { share: 0.36, least: 22, most: 44 } as const;
/** Narrower pictures, in sizes of text, have it below. */
const LEAST_WITH_BESIDE = 56;
/** The vector is no wider, in sizes of text. */
const WIDEST_VECTOR = 46;

export interface BottleneckPicture {
  /** The right output; empty: not given. */
  readonly reference: string;
  readonly measure: Measure;
  /** Token of the output that is looked at; null: none. */
  readonly looked: number | null;
}

/**
 * From top to bottom: the source, the vector that it becomes, the output with its certainty; quality by length below them or
 * beside them. They stand as close as it takes to show all without scrolling.
 */
export function bottleneckDrawing(reading: Reading, picture: BottleneckPicture, size: DrawingSize): Drawing {
  const { run, decoder } = reading;
  const least = leastSize(size.text);
  let drawn: DrawnPart = { marks: [], height: 0, point: 0 };
  for (const [at, [density, shrinks]] of densitiesFor(isForRoom(size.text) ? 'none' : 'below').entries()) {
    const text = size.text + (least - size.text) * shrinks;
    drawn = drawAt(reading, picture, { ...size, text }, density);
    if ((at < WHOLE ? drawn.height : drawn.point) <= size.height) break;
  }
  const title = `${run.model.name}: ${counted(wordCount(run), 'word')} in ${counted(numbersOf(decoder), 'number')}`;
  return { width: size.width, height: Math.max(size.height, drawn.height), marks: drawn.marks, title };
}

interface DrawnPart extends Part {
  /** Height of what carries the point: the sentences and the vector. */
  readonly point: number;
}

function drawAt(
  reading: Reading,
  { reference, measure, looked }: BottleneckPicture,
  { width, height, text }: DrawingSize,
  density: Density,
): DrawnPart {
  const { run } = reading;
  const quality = run.facet('quality');
  const isBeside = quality !== null && density.chart === 'beside' && width >= LEAST_WITH_BESIDE * text;
  const chartWidth = Math.min(Math.max(width * BESIDE.share, text * BESIDE.least), text * BESIDE.most);
  const whole = width - 2 * text;
  const room = isBeside ? whole - chartWidth - text : whole;
  const line = density.boxes ? 1.8 : 1.3;
  const marks: Mark[] = [];
  let y = 0;
  /** @param ways to say it, the longest first: what has room is taken */
  const say = (...ways: readonly string[]) => {
    const words = ways.find((one) => textWidth(one, { size: text }) <= room) ?? ways.at(-1) ?? '';
    y += text * line * 0.9;
    marks.push({
      ...{ kind: 'text', x: text, y, size: text, fill: 'text-2' },
      text: fitText(words, room, { size: text }),
    });
    y += text * (density.boxes ? 0.7 : 0.4);
  };
  const put = ({ marks: own, height: taken }: Part, x = text) => {
    marks.push({ kind: 'group', x, y, marks: own });
    y += taken;
  };

  if (density.said)
    say(`read: ${counted(wordCount(run), 'word')}, ${counted(run.sourceTokens?.length ?? 0, 'token')}`);
  put(sourceMarks(sourceWords(run), room, text, density));

  // The sentence narrows to the vector, and widens again.
  const strip = Math.min(room, text * WIDEST_VECTOR);
  const [left, right] = [text + (room - strip) / 2, text + (room + strip) / 2];
  const funnel = density.funnel * text;
  y += text * 0.3;
  marks.push(funnelMark([text, text + room], [left, right], y, funnel));
  y += funnel;
  say(...vectorWords(reading));
  put(vectorMarks(reading, strip, text, density), left);
  y += text * 0.3;
  marks.push(funnelMark([left, right], [text, text + room], y, funnel));
  y += funnel;

  const words = outputWords(reading, reference);
  const wrong = words.filter((word) => word.wrong).length;
  const said = 'written, and how sure it was of each word';
  if (!density.said) y += text * 0.2;
  else if (reference.trim() === '') say(said, 'written, and how sure');
  else if (wrong === 0) say(`${said}; as the reference`, 'written: as the reference');
  else
    say(
      `${said}; ${counted(wrong, 'word')} not as in the reference`,
      `written: ${counted(wrong, 'word')} not as in the reference`,
    );
  put(outputMarks(words, looked, room, text, density));

  if (quality === null || density.chart === 'none') return { marks, height: y, point: y };
  const place = isBeside
    ? {
        x: width - text - chartWidth,
        y: 0,
        width: chartWidth,
        height: Math.min(height - text * 0.4, text * 30),
      }
    : {
        ...{ x: text, y, width: Math.min(whole, text * 52) },
        height: Math.max(height - y - text, text * LEAST_CHART),
      };
  const chart = chartMarks(quality, measure, wordCount(run), place, text);
  const bottom = place.y + chart.height + text * 0.4;
  return { marks: [...marks, ...chart.marks], height: Math.max(y, bottom), point: y };
}

/** What the vector is, from the longest way to say it to the shortest. */
function vectorWords({ run, decoder }: Reading): readonly string[] {
  const numbers = counted(numbersOf(decoder), 'number');
  if (run.facet('bottleneck')?.attends === true)
    return [
      `${numbers} to start from; the decoder also looks at every state of the encoder`,
      `${numbers} to start from, and every state of the encoder`,
    ];
  return [
    `${numbers}: all that the decoder knows of the sentence, however long it is`,
    `${numbers}: all that the decoder knows of the sentence`,
    `${numbers}: all that the decoder knows`,
  ];
}
