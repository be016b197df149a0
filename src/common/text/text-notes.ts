/** What somebody should know of a text's tokens: special tokens that stand twice, and padding that is read. */
import type { Token } from './token.ts';

/** What tokenizers call the token that fills up short texts. */
const PADDING = /^\W*(?:pad|padding)(?:_token)?\W*$/i;
/** What tokenizers call the token that a text begins with. */
const NAMES: readonly (readonly [name: RegExp, what: string])[] = [
  [/^(?:<s>|<bos>|<\|begin_of_text\|>|<\|startoftext\|>|\[BOS\])$/i, 'begin-of-text'],
  [/^(?:<\/s>|<eos>|<\|end_of_text\|>|<\|endoftext\|>|\[EOS\])$/i, 'end-of-text'],
];

/** Special tokens that were put there by the tokenizer stand for no text; others were typed. */
export function isAdded({ special, span }: Token): boolean {
  return special && span === null;
}

/** A sentence for each thing; none for most texts. */
export function textNotes(tokens: readonly Token[]): string[] {
  return [...doubles(tokens), ...padding(tokens)];
}

/** At the beginning and at the end: a special token that was typed beside the same one that the tokenizer adds. */
function doubles(tokens: readonly Token[]): string[] {
  const [first, second] = tokens;
  const [last, before] = [tokens.at(-1), tokens.at(-2)];
  return [
    ...twice(first, second, 'begins'),
    ...(tokens.length > 3 || last !== second ? twice(last, before, 'ends') : []),
  ];
}

function twice(added: Token | undefined, typed: Token | undefined, where: 'begins' | 'ends'): string[] {
  if (added === undefined || typed === undefined || added.id !== typed.id) return [];
  if (!isAdded(added) || !typed.special || typed.span === null) return [];
  const what = NAMES.find(([name]) => name.test(added.text))?.[1];
  const named = what === undefined ? `${added.text} tokens` : `${what} tokens (${added.text})`;
  return [`The text ${where} with two ${named}: one was typed, and the tokenizer adds one.`];
}

function padding(tokens: readonly Token[]): string[] {
  const pads = tokens.filter(({ special, span, text }) => special && span !== null && PADDING.test(text));
  const [first] = pads;
  if (first === undefined) return [];
  const [count, are] =
    pads.length === 1 ? ['a padding token', 'it is'] : [`${pads.length} padding tokens`, 'they are'];
  return [
    `The text holds ${count} (${first.text}) that ${pads.length === 1 ? 'was' : 'were'} typed: ${are} attended to like every other token, since nothing masks ${pads.length === 1 ? 'it' : 'them'}.`,
  ];
}
