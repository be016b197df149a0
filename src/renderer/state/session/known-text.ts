/** A text for a model that knows few words or letters. */
import { toApiError } from '../../../common/error.ts';
import type { Tokenizer } from '../../../common/text/tokenizer.ts';

/** Letters that a text has at least, and tokens that are taken of a vocabulary that knows nothing of it. */
const LEAST = 4;
const MOST_TOKENS = 12;

/**
 * The text, or what a tokenizer without an unknown token can read of it: the text in small letters, its known words, its known
 * letters, else the first tokens of the vocabulary.
 * @throws what the tokenizer throws, but for pieces that it does not know
 */
export async function knownText(text: string, tokenizer: Tokenizer): Promise<string> {
  const isKnown = async (some: string) => {
    try {
      await tokenizer.encode(some);
      return true;
    } catch (error) {
      const { code } = toApiError(error);
      if (code === 'unknown-character' || code === 'no-token') return false;
      throw error;
    }
  };
  const known = async (pieces: readonly string[]) => {
    const each = new Map<string, boolean>();
    for (const piece of new Set(pieces)) each.set(piece, await isKnown(piece));
    return pieces.filter((piece) => each.get(piece));
  };
  const small = text.toLowerCase();
  const ways = [
    () => text,
    () => small,
    async () => (await known(small.split(/\s+/))).join(' '),
    async () => (await known([...small])).join('').replaceAll(/\s+/g, ' ').trim(),
    () => firstTokens(tokenizer).join(''),
    () => firstTokens(tokenizer).join(' '),
  ];
  for (const [index, way] of ways.entries()) {
    const own = await way();
    const isEnough = own.length >= LEAST || index >= ways.length - 2;
    if (isEnough && (await isKnown(own))) return own;
  }
  return text;
}

/** Texts of tokens that stand for some. */
function firstTokens(tokenizer: Tokenizer): string[] {
  const texts: string[] = [];
  for (let id = 0; id < tokenizer.size && texts.length < MOST_TOKENS; id++) {
    const { text, special } = tokenizer.token(id);
    if (!special && text.trim() !== '') texts.push(text);
  }
  return texts;
}
