/** The text with its outputs on it: surprisal as a shade, labels as tags, the answer marked. */
import { pieceText } from '../../../common/text/token.ts';
import { formatNats, formatPercent } from '../../common/numbers.ts';
import { visibleText } from '../../common/tokens.ts';
import type { TokenScores } from '../../analysis/token-scores.ts';
import type { Run, Token } from '../../runs/run.ts';
import { tokensOf } from './kinds.ts';
import { entityColours, entityOf, tagOf, type LabelsShown } from './labels.ts';

export interface Piece {
  readonly index: number;
  readonly text: string;
  /** White space stood before it that no token holds. */
  readonly isApart: boolean;
  /** 0 … 1: how strong its colour is; null: it has none. */
  readonly shade: number | null;
  /** Number of a category's colour; null: surprisal's. */
  readonly category: number | null;
  /** Stands over it: the first of a group has its label. */
  readonly tag: string | null;
  readonly isSpecial: boolean;
  /** The model wrote it behind the prompt. */
  readonly isWritten: boolean;
  /** Of the best answer. */
  readonly isAnswer: boolean;
  /** In words, for a tooltip. */
  readonly about: string;
}

export interface TextOutputs {
  readonly scores: TokenScores | null;
  readonly labels: LabelsShown | null;
  /** Index of the first token that was written; null: none was. */
  readonly written: number | null;
}

/** The pieces of tokens [from, to). */
export function piecesOf(run: Run, outputs: TextOutputs, [from, to]: readonly [number, number]): Piece[] {
  const tokens = tokensOf(run);
  const colours = entityColours(run.facet('labels')?.names ?? []);
  const most = guessOf(run);
  return tokens.slice(from, to).map((token, i) => {
    const index = from + i;
    // Tokens that the tokenizer added have labels too, which nobody reads: Transformers' pipelines leave them out.
    const own = looks(index, token.special ? { ...outputs, labels: null } : outputs, colours, most);
    return {
      index,
      text: token.text === '' ? '∅' : pieceText(token),
      isApart: isApart(tokens[index - 1], token),
      isSpecial: token.special,
      isWritten: outputs.written !== null && index >= outputs.written,
      ...own,
      about: `“${visibleText(token.text)}”${own.about === '' ? '' : `: ${own.about}`}`,
    };
  });
}

/** Surprisal of a blind guess among V tokens, in nats: the strongest shade. */
export function guessOf(run: Pick<Run, 'facet'>): number {
  return Math.log(Math.max(run.facet('readout')?.logits?.vocabulary ?? 0, Math.E));
}

type Looks = Pick<Piece, 'shade' | 'category' | 'tag' | 'isAnswer' | 'about'>;

function looks(
  index: number,
  { scores, labels }: TextOutputs,
  colours: ReadonlyMap<string, number>,
  most: number,
): Looks {
  const none: Looks = { shade: null, category: null, tag: null, isAnswer: false, about: '' };
  if (labels?.labels === 'tokens') {
    const [best] = labels.byPlace[index] ?? [];
    const about = best === undefined ? '' : `${best.token.text} ${formatPercent(best.probability)}`;
    const tag = tagOf(labels.byPlace[index]);
    if (tag === null) return { ...none, about };
    const entity = entityOf(tag);
    const before = tagOf(labels.byPlace[index - 1]);
    const goesOn = before !== null && entityOf(before) === entity && !/^[BSU]-/.test(tag);
    const shade = best?.probability ?? 0;
    return { ...none, shade, category: colours.get(entity) ?? 8, tag: goesOn ? null : entity, about };
  }
  if (labels !== null && labels.span !== null) {
    const { start, end } = labels.span.scores;
    const [best] = labels.span.best;
    const [begins, ends] = [start[index] ?? 0, end[index] ?? 0];
    const isAnswer = best !== undefined && index >= best.from && index <= best.to;
    return {
      ...none,
      shade: Math.max(begins, ends),
      category: begins >= ends ? 2 : 1,
      tag: isAnswer && index === best.from ? 'answer' : null,
      isAnswer,
      about: `starts ${formatPercent(begins)}, ends ${formatPercent(ends)}`,
    };
  }
  const surprisal = scores?.surprisal[index];
  if (surprisal === undefined || Number.isNaN(surprisal)) return none;
  const rank = scores?.rank[index] ?? 0;
  return {
    ...none,
    shade: Math.min(surprisal / most, 1),
    about: `${formatNats(surprisal)} nats, ${formatPercent(scores?.probability[index] ?? 0)}, rank ${rank}`,
  };
}

function isApart(before: Token | undefined, token: Token): boolean {
  if (before === undefined) return false;
  if (token.word === true || before.special || token.special || before.ofPair !== token.ofPair) return true;
  if (before.span === null || token.span === null) return false;
  return token.span[0] > before.span[1] && !/^\s/.test(token.text) && !/\s$/.test(before.text);
}
