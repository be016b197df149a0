import { formatValue } from '../../common/numbers.ts';
import { visibleText } from '../../common/tokens.ts';
import type { Drawing, DrawingSize, Mark } from '../../drawing/drawing.ts';
import { colourBar } from '../../drawing/parts/legend.ts';
import { fitText, textWidth } from '../../drawing/text.ts';
import type { Token } from '../../runs/run.ts';
import type { Strong } from './neurons.ts';

export interface NeuronsPicture {
  readonly model: string;
  /** `L3`, `encoder L3` */
  readonly block: string;
  readonly tokens: readonly Token[];
  /** The token whose strongest neurons are listed. */
  readonly token: number;
  readonly strong: readonly Strong[];
  readonly neuron: number;
  /** The neuron over the text, [T]. */
  readonly values: ArrayLike<number>;
}

/** Tokens of a long text that are drawn, around the one that is looked at. */
const MOST_TOKENS = 1200;

/** The strongest neurons at a token as bars, and one of them over the text, whose tokens have its colour. */
export function neuronsDrawing(picture: NeuronsPicture, { width, text }: DrawingSize): Drawing {
  const { model, block, tokens, token, strong, neuron, values } = picture;
  const title = `${model} · ${block} · neuron ${neuron} over the text`;
  const at = `Strongest neurons at “${visibleText(tokens[token]?.text ?? '')}” (${token})`;
  const bars = barMarks(strong, neuron, { x: text, y: text * 4.4, width: width - 2 * text }, text);
  const top = text * 6 + bars.height;
  const flow = textMarks(picture, { x: text, y: top, width: width - 2 * text }, text);
  const most = Math.max(1e-6, ...Array.from(values, (value) => Math.abs(value) || 0));
  const bar = colourBar(
    { x: text, y: top + flow.height + text },
    { title: 'activation', domain: { low: -most, high: most, log: false }, scale: 'diverging' },
    text * 0.9,
  );
  return {
    width,
    height: top + flow.height + text + bar.height + text,
    marks: [
      {
        ...{ kind: 'text', x: text, y: text * 1.8, size: text, fill: 'text-1', weight: 700 },
        text: fitText(title, width - 2 * text, { size: text, weight: 700 }),
      },
      {
        ...{ kind: 'text', x: text, y: text * 3.6, size: text, fill: 'text-2' },
        text: fitText(at, width - 2 * text, { size: text }),
      },
      ...bars.marks,
      ...flow.marks,
      ...bar.marks,
    ],
    title,
  };
}

function barMarks(
  strong: readonly Strong[],
  neuron: number,
  { x, y, width }: { readonly x: number; readonly y: number; readonly width: number },
  text: number,
): { readonly marks: Mark[]; readonly height: number } {
  const name = textWidth('neuron 99999', { size: text }) + text;
  const number = text * 5;
  const room = Math.max(Math.min(width - name - number, text * 40), text * 4);
  const most = Math.max(1e-6, ...strong.map(({ value }) => Math.abs(value)));
  const line = text * 1.7;
  const marks = strong.map((one, row): Mark => {
    const share = Math.abs(one.value) / most;
    const isShown = one.neuron === neuron;
    return {
      ...{ kind: 'group', id: `neuron ${one.neuron}`, x, y: y + row * line },
      marks: [
        {
          kind: 'rect',
          x: 0,
          y: 0,
          width: name + room + number,
          height: line,
          fill: isShown ? 'accent-soft' : 'surface-1',
        },
        {
          ...{ kind: 'text', x: text * 0.4, y: line / 2, text: `neuron ${one.neuron}`, size: text },
          ...{ fill: isShown ? 'accent' : 'text-1', baseline: 'middle', weight: isShown ? 700 : 400 },
        },
        {
          ...{ kind: 'rect', x: name, y: line * 0.2, width: room * share, height: line * 0.6 },
          fill: { scale: 'diverging', at: one.value < 0 ? 0 : 1 },
        },
        {
          ...{ kind: 'text', x: name + room * share + text * 0.5, y: line / 2, size: text, fill: 'text-2' },
          ...{ text: formatValue(one.value), baseline: 'middle' },
        },
      ],
    };
  });
  return { marks, height: strong.length * line };
}

/** Running text, each token on its colour. */
function textMarks(
  { tokens, token, values }: NeuronsPicture,
  { x, y, width }: { readonly x: number; readonly y: number; readonly width: number },
  text: number,
): { readonly marks: Mark[]; readonly height: number } {
  const first = Math.max(0, Math.min(token - MOST_TOKENS / 2, tokens.length - MOST_TOKENS));
  const end = Math.min(tokens.length, first + MOST_TOKENS);
  const most = Math.max(1e-6, ...Array.from(values, (value) => Math.abs(value) || 0));
  const line = text * 1.9;
  const marks: Mark[] = [];
  let [across, down] = [0, 0];
  for (let t = first; t < end; t++) {
    const words = visibleText(tokens[t]?.text ?? '');
    const room = Math.min(textWidth(words, { size: text, family: 'mono' }) + text * 0.4, width);
    if (across + room > width) [across, down] = [0, down + line];
    const value = values[t] ?? NaN;
    const isKnown = Number.isFinite(value);
    const at = 0.5 + value / most / 2;
    marks.push({
      ...{ kind: 'group', id: `token ${t}`, x: x + across, y: y + down },
      marks: [
        {
          ...{ kind: 'rect', x: 0, y: 0, width: room, height: line - text * 0.25, crisp: true },
          fill: isKnown ? { scale: 'diverging', at } : 'danger',
          ...(t === token ? { stroke: 'select-lock', strokeWidth: text / 5 } : {}),
        },
        {
          ...{
            kind: 'text',
            x: text * 0.2,
            y: line / 2 - text * 0.12,
            text: words,
            size: text,
            family: 'mono',
          },
          ...{ fill: isKnown ? { on: 'diverging', at } : 'text-1', baseline: 'middle' },
        },
      ],
    });
    across += room;
  }
  return { marks, height: down + line };
}
