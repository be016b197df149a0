/**
 * How well an entry answers what was typed: 0 not at all; larger is better. Every typed word must be found: at the start
 * of the title, at the start of a word, inside one, or as letters in order (`spr` finds “Split pane to the right”).
 */
export function answers(title: string, words: string, typed: string): number {
  let total = 0;
  for (const word of typed.toLowerCase().split(/\s+/)) {
    if (word === '') continue;
    const score = Math.max(found(title.toLowerCase(), word) * 2, found(words.toLowerCase(), word));
    if (score === 0) return 0;
    total += score;
  }
  return typed.trim() === '' ? 1 : total;
}

/** Entries that answer, best first; equally good ones stay in their order. */
export function rank<Entry>(
  entries: readonly Entry[],
  typed: string,
  text: (entry: Entry) => { readonly title: string; readonly words: string },
): readonly Entry[] {
  return entries
    .map((entry) => ({ entry, score: answers(text(entry).title, text(entry).words, typed) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .map(({ entry }) => entry);
}

function found(text: string, word: string): number {
  if (text.startsWith(word)) return 8;
  const at = text.indexOf(word);
  if (at > 0) return /[\s:·-]/.test(text[at - 1] ?? '') ? 6 : 3;
  return isSubsequence(text, word) ? 1 : 0;
}

function isSubsequence(text: string, word: string): boolean {
  let at = 0;
  for (const letter of text) if (letter === word[at]) at += 1;
  return at === word.length;
}
