import type { Encoding } from '../../state/session/session-state.ts';

/** A stretch of the text: one token's characters, or what no token stands for. */
export interface Segment {
  readonly text: string;
  readonly token: number | null;
}

/**
 * The text cut at its tokens. While the tokens of a newer text are on their way, the old ones count as far as both
 * texts begin alike. Tokens that share characters (a character split over several) are drawn as the first of them.
 * @param sight characters [from, to) that can be seen: what lies around them is two stretches of plain text
 */
export function segments(
  text: string,
  encoding: Encoding | null,
  sight: readonly [from: number, to: number] = [0, Infinity],
): readonly Segment[] {
  if (encoding === null) return text === '' ? [] : [{ text, token: null }];
  const { typed = { text: encoding.text, shift: 0 } } = encoding;
  const { shift } = typed;
  if (shift === null) return [{ text, token: null }];
  const alike = sharedLength(text, typed.text);
  const found: Segment[] = [];
  let at = 0;
  for (const [token, { span, ofPair }] of encoding.tokens.entries()) {
    if (span === null || ofPair === true) continue;
    const [start, end] = [span[0] - shift, span[1] - shift];
    if (end > alike || start >= sight[1]) break;
    if (end <= sight[0] || start < at || start === end) continue;
    if (start > at) found.push({ text: text.slice(at, start), token: null });
    found.push({ text: text.slice(start, end), token });
    at = end;
  }
  if (at < text.length) found.push({ text: text.slice(at), token: null });
  return found;
}

/** Characters [from, to) of what the segments make up. */
export function within(list: readonly Segment[], [from, to]: readonly [number, number]): readonly Segment[] {
  let at = 0;
  const found: Segment[] = [];
  for (const { text, token } of list) {
    const own = text.slice(Math.max(from - at, 0), Math.max(to - at, 0));
    if (own !== '') found.push({ text: own, token });
    at += text.length;
  }
  return found;
}

/** The token of the first element of a stack that stands for one. */
export function tokenAt(stack: readonly Element[]): number | null {
  for (const element of stack) {
    const token = element instanceof HTMLElement ? element.dataset['token'] : undefined;
    if (token !== undefined) return Number(token);
  }
  return null;
}

function sharedLength(a: string, b: string): number {
  if (a === b) return a.length;
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length += 1;
  return length;
}
