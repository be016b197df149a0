import { expect, test } from 'vitest';
import { parseTexts } from '../../../src/main/cli/text-list.ts';

test('lines of texts are named by their numbers; empty ones are left out', () => {
  expect(parseTexts('One.\r\n\n  Two \n{"a brace"\n', 'f')).toEqual([
    { name: '0001', text: 'One.' },
    { name: '0003', text: '  Two ' },
    { name: '0004', text: '{"a brace"' },
  ]);
});

test('JSON lines have ids, pairs and any text', () => {
  const lines = [
    '{"id": "a/b c", "text": "One\\nline"}',
    '{"text": "", "pair": "x", "more": 1}',
    '{"id": 7, "text": "z"}',
  ];
  expect(parseTexts(lines.join('\n'), 'f')).toEqual([
    { name: 'a-b-c', text: 'One\nline' },
    { name: '0002', text: '', pair: 'x' },
    { name: '7', text: 'z' },
  ]);
});

test.each([
  ['', 'f holds no text.'],
  ['{"text": "a"}\nplain', 'Line 2 of f is no JSON object with a “text”'],
  ['{"text": 3}', 'Line 1 of f has no “text”'],
  ['{"text": "a", "id": {}}', 'Line 1 of f: “id” is neither a text nor a number'],
  ['{"text": "a", "id": "../.."}', '“id” has no letter or digit'],
  ['{"text": "a", "pair": 1}', '“pair” is not a text'],
  [
    '{"text": "a", "id": "A b"}\n\n{"text": "c", "id": "a-B"}',
    'Lines 1 and 3 of f would both be written to a-B.safetensors',
  ],
])('%j is refused', (content, message) => {
  expect(() => parseTexts(content, 'f')).toThrow(message);
});
