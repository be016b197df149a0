import type { Lens } from '../../runs/facets/lens.ts';
import { visibleText } from '../../common/tokens.ts';

/** Tokens that are looked through before the window gets its turn. */
const AT_ONCE = 10_000;

/** The token that is exactly this text, as it is written or as it is shown; else with a space before it. Null: none is. */
export async function findToken(
  { token, vocabulary }: Pick<Lens, 'token' | 'vocabulary'>,
  text: string,
): Promise<number | null> {
  let spaced: number | null = null;
  for (let id = 0; id < vocabulary; id++) {
    if (id % AT_ONCE === AT_ONCE - 1) await new Promise((resolve) => setTimeout(resolve));
    const own = token(id).text;
    if (own === text || visibleText(own) === text) return id;
    if (own === ` ${text}`) spaced ??= id;
  }
  return spaced;
}
