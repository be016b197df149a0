import type { Run, Token } from '../runs/run.ts';
import { visibleText } from './tokens.ts';

/** An output of a run as it is shown: a token with visible spaces, a label as its model's config writes it. */
export function outputText(run: Pick<Run, 'facet'>, { text }: Pick<Token, 'text'>): string {
  return run.facet('labels') === null ? visibleText(text) : text;
}

/** The same in a sentence, with the place that it is about; a label of a whole text is at no place. */
export function outputName(run: Pick<Run, 'facet'>, output: Pick<Token, 'text'>, place: string): string {
  const isOfText = run.facet('labels')?.labels === 'text';
  return `“${outputText(run, output)}”${isOfText ? '' : ` ${place}`}`;
}
