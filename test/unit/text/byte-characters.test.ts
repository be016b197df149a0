import { describe, expect, test } from 'vitest';
import { withCharacters } from '../../../src/common/text/byte-characters.ts';
import { textNotes } from '../../../src/common/text/text-notes.ts';
import { pieceText, type Token } from '../../../src/common/text/token.ts';
import { wordsOf } from '../../../src/renderer/common/token-words.ts';
import { runningText } from '../../../src/renderer/text/running-text.ts';
import { visibleText } from '../../../src/renderer/common/tokens.ts';

const tokens = (...texts: string[]): Token[] =>
  texts.map((text, id) => ({ id, text, span: [0, 1] as const, special: false }));
const texts = (list: readonly Token[]) => list.map(({ text }) => text);

describe('bytes of a character that several tokens share', () => {
  test.each<[string, string[], string[]]>([
    ['none', ['the', ' gate'], ['the', ' gate']],
    ['three', ['⟨E6⟩', '⟨9D⟩', '⟨B1⟩'], ['⟨東, 1 of 3⟩', '⟨東, 2 of 3⟩', '⟨東, 3 of 3⟩']],
    ['two, of unequal size', ['a⟨E6⟩⟨9D⟩', '⟨B1⟩b'], ['a⟨東, 1 of 2⟩', '⟨東, 2 of 2⟩b']],
    [
      'two characters that meet in a token',
      ['⟨E6⟩⟨9D⟩', '⟨B1⟩⟨E4⟩', '⟨BA⟩⟨AC⟩'],
      ['⟨東, 1 of 2⟩', '⟨東, 2 of 2⟩⟨京, 1 of 2⟩', '⟨京, 2 of 2⟩'],
    ],
    [
      'an emoji behind a space',
      [' ⟨F0⟩⟨9F⟩', '⟨98⟩', '⟨80⟩'],
      [' ⟨😀, 1 of 3⟩', '⟨😀, 2 of 3⟩', '⟨😀, 3 of 3⟩'],
    ],
    ['a character without its end', ['⟨E6⟩', '⟨9D⟩', ' x'], ['⟨E6⟩', '⟨9D⟩', ' x']],
    [
      'bytes that are no character',
      ['⟨FF⟩', '⟨E6⟩', '⟨9D⟩', '⟨B1⟩'],
      ['⟨FF⟩', '⟨東, 1 of 3⟩', '⟨東, 2 of 3⟩', '⟨東, 3 of 3⟩'],
    ],
    ['a text between', ['⟨E6⟩x', '⟨9D⟩⟨B1⟩'], ['⟨E6⟩x', '⟨9D⟩⟨B1⟩']],
  ])('%s', (_, given, shown) => {
    const read = withCharacters(tokens(...given));
    expect(texts(read)).toEqual(shown);
    // Read again, with a token more behind it, they are the same.
    expect(texts(withCharacters([...read, ...tokens(' x')])).slice(0, -1)).toEqual(shown);
  });

  test('are one character in a running text', () => {
    expect(runningText(withCharacters(tokens('a', '⟨E6⟩', '⟨9D⟩', '⟨B1⟩', ' b')))).toBe('a東 b');
  });

  test('make one word on an axis, and are seen as they are named', () => {
    expect(wordsOf(withCharacters(tokens('a', '⟨E6⟩', '⟨9D⟩', '⟨B1⟩')))).toEqual([
      { first: 0, end: 1, text: 'a' },
      { first: 1, end: 4, text: '東' },
    ]);
    expect(visibleText(' ⟨東, 1 of 3⟩')).toBe('·⟨東, 1 of 3⟩');
    expect(visibleText('⟨U+200B⟩ x')).toBe('⟨U+200B⟩·x');
  });
});

test.each([
  [' שלום', '\u200f·שלום'],
  ['مرحبا ', 'مرحبا·\u200f'],
  [' gate ', '·gate·'],
  ['⟨ש, 1 of 2⟩', '⟨ש\u200e, 1 of 2⟩'],
])('marks stand where the letters of %j begin and end', (text, shown) => {
  expect(visibleText(text)).toBe(shown);
});

describe('what is to be known of a text', () => {
  const word = (text: string): Token => ({ id: 9, text, span: [0, 1], special: false });
  const special = (text: string, typed: boolean): Token => ({
    id: text.length,
    text,
    span: typed ? [0, 3] : null,
    special: true,
  });
  test.each<[string, Token[], RegExp[]]>([
    ['nothing', [special('<s>', false), word('a'), special('</s>', false)], []],
    ['a typed beginning', [special('<s>', true), word('a')], []],
    [
      'two beginnings',
      [special('<s>', false), special('<s>', true), word('a')],
      [/begins with two begin-of-text tokens \(<s>\): one was typed/],
    ],
    ['two of BERT’s', [special('[CLS]', false), special('[CLS]', true), word('a')], [/two \[CLS\] tokens/]],
    ['two ends', [word('a'), special('</s>', true), special('</s>', false)], [/ends with two end-of-text/]],
    [
      'pads',
      [word('a'), special('[PAD]', true), special('[PAD]', true)],
      [/2 padding tokens \(\[PAD\]\).*attended to/],
    ],
    ['a pad', [word('a'), special('<pad>', true)], [/a padding token \(<pad>\)/]],
  ])('%s', (_, list, said) => {
    expect(textNotes(list)).toEqual(said.map((sentence) => expect.stringMatching(sentence)));
  });
});

describe('pieces that go on with a word', () => {
  const at = (text: string, from: number, to: number): Token => ({
    id: 0,
    text,
    span: [from, to],
    special: false,
  });
  const pieces = [at('be', 0, 2), at('##c', 2, 3), at('##ause', 3, 7), at('##', 8, 10), at('##x', 10, 13)];

  test('have their mark beside others only where the text has none', () => {
    expect(runningText(pieces)).toBe('because####x');
    expect(wordsOf(pieces).map(({ text }) => text)).toEqual(['because', '####x']);
    expect(pieces.map(pieceText)).toEqual(['be', 'c', 'ause', '##', '##x']);
  });

  test('keep it where nothing is known of the text', () => {
    expect(pieceText({ text: '##ing', span: null })).toBe('##ing');
  });
});
