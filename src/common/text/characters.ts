/** A text that is changed step by step, while every character knows the stretch of the input that it comes from. */
import { checkCharacters } from './limits.ts';
import { matchesOf } from './pattern.ts';

/** One code point. */
interface Character {
  readonly text: string;
  /** UTF-16 offsets [from, to) in the input; empty: put in by the tokenizer. */
  readonly from: number;
  readonly to: number;
}

export type Characters = readonly Character[];

/** The input itself. */
export function charactersOf(text: string): Characters {
  // UTF-16 has two units a character at most.
  checkCharacters(text.length / 2);
  const characters: Character[] = [];
  let from = 0;
  for (const character of text) {
    const to = from + character.length;
    characters.push({ text: character, from, to });
    from = to;
  }
  return characters;
}

export function textOf(characters: Characters): string {
  return characters.map(({ text }) => text).join('');
}

/** The stretch of the input that characters come from; null: none. */
export function stretchOf(characters: Characters): { readonly from: number; readonly to: number } | null {
  let [from, to] = [Infinity, -Infinity];
  for (const character of characters) {
    if (character.from === character.to) continue;
    from = Math.min(from, character.from);
    to = Math.max(to, character.to);
  }
  return to < from ? null : { from, to };
}

/** Each character becomes a text, which may be empty. */
export function mapEach(characters: Characters, change: (text: string) => string): Characters {
  const result: Character[] = [];
  for (const character of characters) {
    const changed = change(character.text);
    if (changed === character.text) result.push(character);
    else append(result, spread(changed, character.from, character.to));
  }
  return result;
}

/** Puts a text in front, unless there is nothing. @throws HeadgateError `too-many-characters` */
export function prepend(characters: Characters, content: string): Characters {
  const [first] = characters;
  if (first === undefined) return characters;
  const front = [...spread(content, first.from, first.from)];
  append(front, characters);
  return front;
}

/** Drops white space at the ends. */
export function strip(characters: Characters, left: boolean, right: boolean): Characters {
  const isInk = ({ text }: Character) => !/^\p{White_Space}$/u.test(text);
  const start = left ? characters.findIndex(isInk) : 0;
  if (start < 0) return [];
  const end = right ? characters.findLastIndex(isInk) + 1 : characters.length;
  return characters.slice(start, Math.max(start, end));
}

/** Every match becomes a text, all of which comes from the whole match. */
export function replaceMatches(characters: Characters, pattern: RegExp, content: string): Characters {
  const matches = [...matchesOf(pattern, textOf(characters))];
  if (matches.length === 0) return characters;
  const index = indexByOffset(characters);
  const replaced: Character[] = [];
  let done = 0;
  for (const match of matches) {
    const start = index(match.index);
    const end = index(match.index + match[0].length);
    const place = characters[start]?.from ?? characters.at(-1)?.to ?? 0;
    const stretch = stretchOf(characters.slice(start, end)) ?? { from: place, to: place };
    append(replaced, characters.slice(done, start));
    append(replaced, spread(content, stretch.from, stretch.to));
    done = end;
  }
  append(replaced, characters.slice(done));
  return replaced;
}

/** From UTF-16 offsets of the characters' text, in rising order, to indices of characters. */
export function indexByOffset(characters: Characters): (offset: number) => number {
  let index = 0;
  let at = 0;
  return (offset) => {
    while (at < offset && index < characters.length) at += characters[index++]?.text.length ?? 0;
    return index;
  };
}

/** A normal form of Unicode. A composed character comes from all characters that it is composed of. */
export function unicodeForm(characters: Characters, form: 'NFC' | 'NFD' | 'NFKC' | 'NFKD'): Characters {
  const whole = textOf(characters);
  const result = whole.normalize(form);
  checkCharacters(result.length / 2);
  if (result === whole) return characters;
  const parts = clusters(characters).map((cluster) => formOfCluster(cluster, form));
  // Characters that compose across clusters are rare enough to be taken as one.
  const isSame = parts.flatMap(textOf).join('') === result;
  return isSame ? parts.flat() : formOfCluster(characters, form);
}

/** A character with its marks, and the letters of a Hangul syllable. */
function clusters(characters: Characters): Characters[] {
  const found: Character[][] = [];
  for (const character of characters) {
    const last = found.at(-1);
    if (last !== undefined && /^[\p{M}\u1160-\u11ff]$/u.test(character.text)) last.push(character);
    else found.push([character]);
  }
  return found;
}

function formOfCluster(cluster: Characters, form: 'NFC' | 'NFD' | 'NFKC' | 'NFKD'): Characters {
  const decomposed = form.includes('K') ? 'NFKD' : 'NFD';
  const parts = cluster.flatMap(({ text, from, to }) =>
    [...text.normalize(decomposed)].map((part) => ({ text: part, from, to })),
  );
  return [...textOf(cluster).normalize(form)].map((text) => {
    const taken = [...text.normalize(decomposed)].flatMap((part) => {
      const index = parts.findIndex((candidate) => candidate.text === part);
      return index < 0 ? [] : parts.splice(index, 1);
    });
    return { text, ...(stretchOf(taken) ?? stretchOf(cluster) ?? { from: 0, to: 0 }) };
  });
}

/**
 * Not `push(...)`: a long text has more characters than a call takes arguments.
 * @throws HeadgateError `too-many-characters`
 */
export function append(target: Character[], characters: Characters): void {
  checkCharacters(target.length + characters.length);
  for (const character of characters) target.push(character);
}

/** A text all of which comes from one stretch. @throws HeadgateError `too-many-characters` */
export function spread(content: string, from: number, to: number): Characters {
  checkCharacters(content.length / 2);
  return [...content].map((text) => ({ text, from, to }));
}
