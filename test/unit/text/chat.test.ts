/** Chat templates against Transformers (test/fixtures/make_chat_templates.py), and hostile ones. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ChatTemplate, findChatTemplate } from '../../../src/common/text/chat.ts';
import { TokenizerCore } from '../../../src/common/text/tokenizer-core.ts';

interface Style {
  readonly name: string;
  readonly tokenizer: string;
  readonly template: string;
  readonly tokens: Record<string, string>;
  readonly cases: readonly { readonly message: string; readonly text: string; readonly ids: number[] }[];
}

const FIXTURES = join(import.meta.dirname, '../../fixtures');
const read = (file: string) => readFileSync(join(FIXTURES, file), 'utf8');
const styles = JSON.parse(read('chat_templates.json')) as Style[];

describe.each(styles)('$name', ({ tokenizer, template, tokens, cases }) => {
  const core = new TokenizerCore({
    'tokenizer.json': read(`tokenizers/${tokenizer}/tokenizer.json`),
    'tokenizer_config.json': JSON.stringify({ ...tokens, chat_template: template }),
  });

  test.each(cases)('“$message”', ({ message, text, ids }) => {
    const prompt = core.chat(message);
    expect(prompt.text).toBe(text);
    expect(prompt.tokens.map(({ id }) => id)).toEqual(ids);
    const { shift } = prompt;
    const trimmed = message.trim();
    expect(shift).not.toBeNull();
    expect(text.slice(message.indexOf(trimmed) + (shift ?? 0)).startsWith(trimmed)).toBe(true);
  });
});

test('where the template is kept', () => {
  const named = (name: string) => ({ name, template: name });
  const found = (files: Record<string, string>, config = {}) =>
    findChatTemplate(files, config, {})?.render('hi').text ?? null;
  expect(found({})).toBeNull();
  expect(found({}, { chat_template: 'a' })).toBe('a');
  expect(found({}, { chat_template: [named('tool_use'), named('default')] })).toBe('default');
  expect(found({}, { chat_template: [named('rag'), named('tool_use')] })).toBe('rag');
  expect(found({ 'chat_template.json': '{"chat_template": "j"}' }, { chat_template: 'a' })).toBe('j');
  expect(found({ 'chat_template.jinja': '{{ eos_token }}' }, { eos_token: { content: '</s>' } })).toBe(
    '</s>',
  );
});

test('a message that the template changes is nowhere in the text', () => {
  expect(new ChatTemplate('<{{ messages[0].content | upper }}>', {}).render('hi')).toEqual({
    text: '<HI>',
    shift: null,
  });
  expect(new ChatTemplate('no message', {}).render('hi').shift).toBeNull();
});

test.each([
  ['{{ raise_exception("Only two turns.") }}', 'Only two turns'],
  ['{% if %}', ''],
  ['{{ nothing.at.all.there() }}', ''],
  ['{% for i in range(1000000000) %}x{% endfor %}', 'counts further than 10000'],
  [
    `{% set ns = namespace(x='${'x'.repeat(2048)}') %}{% for i in range(11) %}{% set ns.x = ns.x + ns.x %}{% endfor %}{{ ns.x }}`,
    'characters',
  ],
])('%s is one clear error', (template, reason) => {
  expect(() => new ChatTemplate(template, {}).render('hi')).toThrowError(
    expect.objectContaining({
      code: 'bad-chat-template',
      message: expect.stringMatching(/^The model’s chat template can’t write this message: .*[^.]\.$/s),
      hint: expect.stringContaining('Chat'),
    }),
  );
  expect(() => new ChatTemplate(template, {}).render('hi')).toThrowError(reason);
});

test('dates are those of today', () => {
  const { text } = new ChatTemplate('{{ strftime_now("%d %b %Y") }}', {}).render('hi');
  expect(text).toMatch(/^\d\d [A-Z][a-z]{2} 20\d\d$/);
});
