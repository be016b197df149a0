/**
 * The normalizer of sentencepiece itself (`normalizer.cc` of 0.2): its table at the longest match, white space at the ends
 * and in runs, a space in front, ▁ for spaces. Hugging Face's `Precompiled` with a `Metaspace` does nearly the same;
 * tokenizers that call sentencepiece need it to the letter.
 */
import { append, spread, textOf, type Characters } from './characters.ts';
import type { Json } from '../json.ts';
import { PrecompiledTable } from './precompiled.ts';

/** What sentencepiece writes for a space. */
const MARK = '▁';

/**
 * @param config `precompiled_charsmap` (base64; empty: no table), `add_dummy_prefix`, `remove_extra_whitespaces`,
 *   `escape_whitespaces`, `treat_whitespace_as_suffix` and `user_defined_symbols`, named as in the model's file
 * @throws Error when the table is none.
 */
export function sentencepieceNormalizer(config: Json): (text: Characters) => Characters {
  const charsmap = String(config['precompiled_charsmap'] ?? '');
  const table = charsmap === '' ? null : new PrecompiledTable(charsmap);
  const isWanted = (name: string) => config[name] === true;
  const symbols = Array.isArray(config['user_defined_symbols']) ? config['user_defined_symbols'] : [];
  const isSpare = isWanted('remove_extra_whitespaces');
  const space = isWanted('escape_whitespaces') ? MARK : ' ';
  const isBehind = isWanted('treat_whitespace_as_suffix');
  const replaced = replacer(table, new SymbolFinder(symbols.map(String)));

  return (text) => {
    const result: Characters[number][] = [];
    let isAfterSpace = isSpare;
    for (const part of replaced(text)) {
      const start = isAfterSpace ? part.findIndex((character) => character.text !== ' ') : 0;
      const kept = start < 0 ? [] : part.slice(start);
      append(
        result,
        kept.map((character) => (character.text === ' ' ? { ...character, text: space } : character)),
      );
      if (kept.length > 0) isAfterSpace = isSpare && kept.at(-1)?.text === ' ';
    }
    if (text.length === 0 || (isSpare && result.length === 0)) return [];
    const [begin, end] = [text[0]?.from ?? 0, text.at(-1)?.to ?? 0];
    const isAdded = isWanted('add_dummy_prefix');
    if (isAdded && !isBehind) result.unshift({ text: space, from: begin, to: begin });
    if (isSpare) while (result.at(-1)?.text === space) result.pop();
    if (isAdded && isBehind) result.push({ text: space, from: end, to: end });
    return result;
  };
}

/** The text part by part, each as it stands there or as the table has it; a part may become nothing. */
function replacer(
  table: PrecompiledTable | null,
  symbols: SymbolFinder,
): (text: Characters) => Iterable<Characters> {
  return function* (text) {
    const symbolAt = symbols.within(text);
    for (let at = 0; at < text.length;) {
      const symbol = symbolAt(at);
      const found = symbol === 0 ? (table?.longest(text, at) ?? null) : null;
      const length = found?.length ?? Math.max(1, symbol);
      const part = text.slice(at, at + length);
      const [from, to] = [part[0]?.from ?? 0, part.at(-1)?.to ?? 0];
      yield found === null ? part : spread(found.text, from, to);
      at += length;
    }
  };
}

/** Finds the user's own symbols, which nothing changes; the longest counts. */
class SymbolFinder {
  readonly #pattern: string;

  constructor(symbols: readonly string[]) {
    const ordered = symbols.toSorted((a, b) => b.length - a.length);
    this.#pattern = ordered.map((text) => text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`)).join('|');
  }

  /** How many characters the symbol at a place has, places being asked for in order; 0: there is none. */
  within(text: Characters): (at: number) => number {
    if (this.#pattern === '') return () => 0;
    const pattern = new RegExp(this.#pattern, 'uy');
    const whole = textOf(text);
    let [place, offset] = [0, 0];
    return (at) => {
      while (place < at) offset += text[place++]?.text.length ?? 0;
      pattern.lastIndex = offset;
      return [...(pattern.exec(whole)?.[0] ?? '')].length;
    };
  }
}
