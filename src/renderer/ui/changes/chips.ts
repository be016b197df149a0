/** The active changes in words, states of one layer together. */
import type { Run, Token } from '../../runs/run.ts';
import type { Intervention } from '../../runs/facets/changes.ts';
import { runningText } from '../../text/running-text.ts';
import { factorName } from '../../common/changes.ts';
import { stateName } from '../inspector/state-layers.ts';
import { elide, headName, visibleText } from '../../common/tokens.ts';

export interface Chip {
  /** Stable as long as the chip stands for the same place. */
  readonly key: string;
  readonly label: string;
  /** More of it, such as the text that a state comes from. */
  readonly title: string;
  readonly changes: readonly Intervention[];
  /** The text on screen has no such token: nothing is changed here. */
  readonly isIdle: boolean;
}

type HeadChange = Intervention & { readonly kind: 'head' };
type StateChange = Intervention & { readonly kind: 'state' };

/** One chip for each head, one for all states of a layer that are zeroed or come from the same run. */
export function chipsOf(
  changes: readonly Intervention[],
  { tokens, sourceTokens }: Pick<Run, 'tokens' | 'sourceTokens'>,
): readonly Chip[] {
  const groups = new Map<string, Intervention[]>();
  for (const change of changes) {
    const key = keyOf(change);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [change]);
    else group.push(change);
  }
  return [...groups].map(([key, group]) => {
    const [first] = group;
    const own = first?.kind === 'state' && first.side === 'encoder' ? (sourceTokens ?? []) : tokens;
    const chip = first?.kind === 'head' ? headChip(first) : stateChip(group as StateChange[], own);
    return { key, changes: group, ...chip };
  });
}

function keyOf(change: Intervention): string {
  if (change.kind === 'head') return `head ${change.attention ?? ''} ${change.layer} ${change.head}`;
  return `state ${change.side ?? ''} ${change.layer} ${change.from?.run.id ?? 'zero'}`;
}

function headChip({ attention, layer, head, factor }: HeadChange) {
  const does = factor === 0 ? 'silenced' : factorName(factor);
  const title = {
    off: 'Its output is multiplied by 0',
    mean: 'Its mean over the text stands in the place of its output',
  }[factorName(factor)];
  return {
    label: `${attention === undefined ? '' : `${attention} `}${headName(layer, head)} ${does}`,
    title: title ?? `Its output is multiplied by ${factorName(factor).slice(1)}`,
    isIdle: false,
  };
}

function stateChip(group: readonly StateChange[], tokens: readonly Token[]) {
  const { side, layer = 0, from = null } = group[0] ?? {};
  const at = side === undefined ? String(layer) : `${side} ${layer}`;
  const here = group.filter(({ position }) => position < tokens.length);
  const isIdle = here.length === 0;
  const positions = group.map(({ position }) => position).toSorted((a, b) => a - b);
  const [position = 0] = positions;
  const text = tokens[position]?.text;
  const what =
    group.length > 1
      ? `${group.length} states`
      : text === undefined
        ? `token ${position}`
        : `“${elide(visibleText(text), 12)}” (${position})`;
  const where = `${stateName(side, layer)}, ${group.length === 1 ? 'token' : 'tokens'} ${positions.join(', ')}`;
  const idle = isIdle ? '; the text has no such token now' : '';
  return from === null
    ? { label: `${what} zeroed at ${at}`, title: `${where}: zeros${idle}`, isIdle }
    : { label: `${what} patched at ${at}`, title: `${where}: from “${textOf(from.run)}”${idle}`, isIdle };
}

/** The text of a run, on one line: what was typed, and what was written after it. */
export function textOf({ text, tokens }: Pick<Run, 'text' | 'tokens'>, length = 60): string {
  const isTyped = ({ span, ofPair }: Token) => span !== null && ofPair !== true;
  const typed = tokens.findLast(isTyped)?.span?.[1] ?? 0;
  const written = tokens.slice(tokens.findLastIndex(({ span }) => span !== null) + 1);
  const whole = text.slice(0, typed) + runningText(written.filter(({ special }) => !special));
  return elide(whole.trim().replaceAll(/\s+/g, ' '), length);
}
