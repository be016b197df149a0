import { describe, expect, test } from 'vitest';
import { TokenizerCore } from '../../../src/common/text/tokenizer-core.ts';
import { BYTES, byteFallback, byteLevel, END_OF_TEXT, unigram, wordPiece } from './fixtures.ts';

const open = (json: string, config = '{}') =>
  new TokenizerCore({ 'tokenizer.json': json, 'tokenizer_config.json': config });

/** What each token says and the piece of the input that it covers. */
function shown(core: TokenizerCore, text: string): [string, string | null][] {
  return core
    .encode(text)
    .map((token) => [token.text, token.span === null ? null : text.slice(...token.span)]);
}

test('a chance of merges is left aside, and said', () => {
  const { model, ...steps } = JSON.parse(byteLevel([['h', 'e']])) as { model: object };
  const told = (dropout: unknown) => open(JSON.stringify({ ...steps, model: { ...model, dropout } })).notes;
  expect(told(0.1)).toEqual([
    expect.stringMatching(/^tokenizer\.json has “model\.dropout” 0\.1, .* leaves out merges at random; /),
  ]);
  for (const none of [null, 0, undefined]) expect(told(none)).toEqual([]);
});

describe('byte-level BPE', () => {
  const core = open(
    byteLevel([
      ['h', 'e'],
      ['l', 'l'],
      ['he', 'll'],
      ['hell', 'o'],
      ['Ġ', 'hello'],
      ['Ã', '©'],
      ['Ċ', 'Ċ'],
    ]),
  );

  test('words with their leading spaces', () => {
    expect(shown(core, 'hello hello')).toEqual([
      ['hello', 'hello'],
      [' hello', ' hello'],
    ]);
    expect(core.encode('hello hello').map(({ span }) => span)).toEqual([
      [0, 5],
      [5, 11],
    ]);
  });

  test('ids are those of the vocabulary', () => {
    expect(core.encode('he').map(({ id }) => id)).toEqual([257]);
    expect(core.encode('!').map(({ id }) => id)).toEqual([1 + BYTES.indexOf('!')]);
  });

  test('spaces and line ends stay as they are', () => {
    expect(shown(core, ' hello\n\n\thello ')).toEqual([
      [' hello', ' hello'],
      ['\n\n', '\n\n'],
      ['\t', '\t'],
      ['hello', 'hello'],
      [' ', ' '],
    ]);
    expect(shown(core, '\r\n')).toEqual([
      ['\r', '\r'],
      ['\n', '\n'],
    ]);
  });

  test('a character that one token makes up is shown as itself', () => {
    expect(shown(core, 'é')).toEqual([['é', 'é']]);
  });

  test('an emoji that is split over tokens is bytes, and each of them covers it', () => {
    const text = 'he🙂!';
    expect(shown(core, text)).toEqual([
      ['he', 'he'],
      ['⟨🙂, 1 of 4⟩', '🙂'],
      ['⟨🙂, 2 of 4⟩', '🙂'],
      ['⟨🙂, 3 of 4⟩', '🙂'],
      ['⟨🙂, 4 of 4⟩', '🙂'],
      ['!', '!'],
    ]);
    expect(core.encode(text)[1]?.span).toEqual([2, 4]);
  });

  test('scripts of two and three bytes a character', () => {
    for (const text of ['Привет мир', '日本語のテキスト', 'e\u0301a\u0308', 'ﬁn ½ ＡＢ', 'नमस्ते दुनिया']) {
      const tokens = core.encode(text);
      expect(coveredText(text, tokens)).toBe(text);
      for (const { span } of tokens) expect(span).not.toBeNull();
    }
  });

  test('a lone surrogate is one replacement character', () => {
    const tokens = core.encode('a\uD800b');
    expect(tokens.map(({ span }) => span)).toEqual([
      [0, 1],
      [1, 2],
      [1, 2],
      [1, 2],
      [2, 3],
    ]);
  });

  test('empty text has no tokens', () => {
    expect(core.encode('')).toEqual([]);
  });

  test('a special token in the text covers its own name', () => {
    const tokens = core.encode(`he${END_OF_TEXT}he`);
    expect(tokens).toEqual([
      { id: 257, text: 'he', span: [0, 2], special: false },
      { id: 0, text: END_OF_TEXT, span: [2, 2 + END_OF_TEXT.length], special: true },
      { id: 257, text: 'he', span: [15, 17], special: false },
    ]);
  });

  test('a space that the tokenizer adds in front covers nothing', () => {
    const prefixed = open(byteLevel([['Ġ', 'h']], true));
    expect(shown(prefixed, 'he')).toEqual([
      [' h', 'h'],
      ['e', 'e'],
    ]);
    expect(shown(open(byteLevel([], true)), 'h')).toEqual([
      [' ', null],
      ['h', 'h'],
    ]);
  });

  test('texts by id: bytes, merges, and a hole in the vocabulary', () => {
    expect(core.texts[0]).toBe(END_OF_TEXT);
    expect(core.texts[1 + 0xe2]).toBe('⟨E2⟩');
    expect(core.texts[1 + 0x20]).toBe(' ');
    expect(core.texts.length).toBe(257 + 7);
    const holed = open(JSON.stringify({ model: { type: 'BPE', vocab: { a: 0, b: 3 }, merges: [] } }));
    expect(holed.texts).toEqual(['a', null, null, 'b']);
  });
});

/** The input as the tokens cover it, every character once. */
function coveredText(text: string, tokens: ReturnType<TokenizerCore['encode']>): string {
  const covered = new Set(tokens.flatMap(({ span }) => (span === null ? [] : range(span[0], span[1]))));
  return [...text.split('').keys()]
    .filter((at) => covered.has(at))
    .map((at) => text[at])
    .join('');
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

describe('WordPiece', () => {
  const core = open(wordPiece(['cafe', 'play', '##ing', 'the', '.', '字', '##s']));

  test('case, accents and spaces of the input stay in the spans', () => {
    expect(shown(core, 'The  CAFÉ playing.')).toEqual([
      ['[CLS]', null],
      ['the', 'The'],
      ['cafe', 'CAFÉ'],
      ['play', 'play'],
      ['##ing', 'ing'],
      ['.', '.'],
      ['[SEP]', null],
    ]);
    // The accent as a character of its own belongs to the word.
    expect(shown(core, 'cafe\u0301s')[1]).toEqual(['cafe', 'cafe\u0301']);
  });

  test('an unknown word is covered by its token', () => {
    expect(shown(core, 'the zebra, plays')).toEqual([
      ['[CLS]', null],
      ['the', 'the'],
      ['[UNK]', 'zebra'],
      ['[UNK]', ','],
      ['play', 'play'],
      ['##s', 's'],
      ['[SEP]', null],
    ]);
    expect(shown(core, 'zebra')[1]).toEqual(['[UNK]', 'zebra']);
  });

  test('spaces around CJK characters are the tokenizer’s', () => {
    expect(shown(core, 'the字.').slice(1, 4)).toEqual([
      ['the', 'the'],
      ['字', '字'],
      ['.', '.'],
    ]);
  });

  test('a special token that was typed is told from one that was added', () => {
    const tokens = core.encode('the [MASK] .');
    expect(tokens.map(({ span, special }) => [span, special])).toEqual([
      [null, true],
      [[0, 3], false],
      [[4, 10], true],
      [[11, 12], false],
      [null, true],
    ]);
    expect(core.encode('[CLS] the')[1]?.span).toEqual([0, 5]);
  });

  test('empty text has the special tokens only', () => {
    expect(shown(core, '')).toEqual([
      ['[CLS]', null],
      ['[SEP]', null],
    ]);
  });
});

describe('Unigram', () => {
  const core = open(
    unigram([
      ['▁hello', -1],
      ['▁', -3],
      ['fi', -2],
      ['n', -2],
      ['h', -5],
    ]),
  );

  test('the mark of a space is a space; the one in front of the text covers nothing', () => {
    expect(shown(core, 'hello hello')).toEqual([
      [' hello', 'hello'],
      [' hello', ' hello'],
      ['</s>', null],
    ]);
  });

  test('compatibility forms and unknown characters', () => {
    // “ﬁ” becomes “fi”; “☂” is unknown.
    expect(shown(core, 'ﬁn☂')).toEqual([
      [' ', null],
      ['fi', 'ﬁ'],
      ['n', 'n'],
      ['<unk>', '☂'],
      ['</s>', null],
    ]);
  });
});

test('BPE with bytes for what it does not know', () => {
  const core = open(
    byteFallback([
      ['▁', 'h'],
      ['▁h', 'i'],
    ]),
  );
  expect(shown(core, 'hi hi é')).toEqual([
    ['<s>', null],
    [' hi', 'hi'],
    [' hi', ' hi'],
    [' ', ' '],
    ['⟨é, 1 of 2⟩', 'é'],
    ['⟨é, 2 of 2⟩', 'é'],
  ]);
});

describe('broken files', () => {
  const broken: Record<string, [Record<string, string>, string, RegExp]> = {
    'no file': [{}, 'no-tokenizer', /no tokenizer\.json/],
    'no JSON': [
      { 'tokenizer.json': '{"model": ' },
      'bad-tokenizer',
      /^tokenizer\.json: it is not valid JSON: it ends too early \(line 1, column 11\)/,
    ],
    'no object': [{ 'tokenizer.json': '[]' }, 'bad-tokenizer', /does not hold a JSON object/],
    'no model': [{ 'tokenizer.json': '{}' }, 'bad-tokenizer', /“model” is missing/],
    'no vocabulary': [
      { 'tokenizer.json': '{"model":{"type":"BPE","merges":[]}}' },
      'bad-tokenizer',
      /“model\.vocab” is missing/,
    ],
    'an id that is none': [
      { 'tokenizer.json': '{"model":{"type":"BPE","vocab":{"a":-1},"merges":[]}}' },
      'bad-tokenizer',
      /“model\.vocab\["a"\]” is -1; it must be a whole number/,
    ],
    'an id beyond all bounds': [
      { 'tokenizer.json': '{"model":{"type":"BPE","vocab":{"a":4000000000},"merges":[]}}' },
      'bad-tokenizer',
      /gives "a" an id that is 4000000000; it must be .* below/,
    ],
    'no merges': [
      { 'tokenizer.json': '{"model":{"type":"BPE","vocab":{"a":0}}}' },
      'bad-tokenizer',
      /“model\.merges”/,
    ],
    'a Unigram entry without a score': [
      { 'tokenizer.json': '{"model":{"type":"Unigram","vocab":[["a"]]}}' },
      'bad-tokenizer',
      /“model\.vocab\[0\]” is \["a"\]; it must be a list of a piece and its score/,
    ],
    'an added token without an id': [
      { 'tokenizer.json': '{"model":{"vocab":{"a":0},"unk_token":"a"},"added_tokens":[{"content":"x"}]}' },
      'bad-tokenizer',
      /“added_tokens\[0\]\.id” is missing/,
    ],
    'a step that is unknown': [
      {
        'tokenizer.json':
          '{"pre_tokenizer":{"type":"Guess"},"model":{"type":"BPE","vocab":{"a":0},"merges":[]}}',
      },
      'bad-tokenizer',
      /^tokenizer\.json: .*Guess/,
    ],
    'a regular expression that is none': [
      {
        'tokenizer.json':
          '{"pre_tokenizer":{"type":"Split","pattern":{"Regex":"(a"},"behavior":"Isolated","invert":false},"model":{"type":"BPE","vocab":{"a":0},"merges":[]}}',
      },
      'bad-tokenizer',
      /^tokenizer\.json: .*[Rr]egular expression/,
    ],
    'a broken config': [
      { 'tokenizer.json': byteLevel(), 'tokenizer_config.json': '{' },
      'bad-tokenizer',
      /^tokenizer_config\.json: it is not valid JSON.*line 1, column 2/,
    ],
  };
  test.each(Object.entries(broken))('%s', (_name, [files, code, message]) => {
    const open = () => new TokenizerCore(files);
    expect(open).toThrowError(expect.objectContaining({ code, message: expect.stringMatching(message) }));
    expect(open).toThrowError(expect.objectContaining({ hint: expect.stringMatching(/\.$/) }));
  });

  test('text without a token is named', () => {
    const core = open('{"model":{"type":"Unigram","vocab":[["a",-1]],"unk_id":null}}');
    expect(() => core.encode('ab')).toThrowError(expect.objectContaining({ code: 'no-token' }));
  });

  test('a word outside a WordLevel vocabulary is the unknown token', () => {
    const core = open(
      '{"pre_tokenizer":{"type":"Whitespace"},"model":{"type":"WordLevel","vocab":{"<unk>":0,"the":1},"unk_token":"<unk>"}}',
    );
    expect(core.encode('the whale').map(({ id }) => id)).toEqual([1, 0]);
  });
});
