import { describe, expect, test } from 'vitest';
import { HeadgateError } from '../../../src/common/error.ts';
import { segments } from '../../../src/renderer/ui/top/segments.ts';
import { must } from '../../helpers/must.ts';
import { last, opened } from './opened.ts';
import { settle } from './stand-ins.ts';

const tooLong = new HeadgateError(
  'input-too-long',
  'The text has 20 tokens; this model takes 16 at most.',
  'Shorten it.',
);

describe('a text with more tokens than the model takes', () => {
  test('is cut at a token by the notice’s button, and runs', async () => {
    const { session, model, notices } = await opened();
    const words = Array.from({ length: 20 }, (_, index) => `w${index}`);
    session.setText(words.join(' '));
    await settle();
    last(model).step.reject(tooLong);
    await settle();
    const notice = must(notices.list[0]);
    expect(notice.error.message).toContain('20 tokens');
    expect(must(notice.action).label).toBe('Cut to 16 tokens');
    must(notice.action).run();
    await settle();
    expect(session.text).toBe(`${words.slice(0, 16).join(' ')} `);
    expect(last(model).input.tokens).toHaveLength(16);
    last(model).finish();
    await settle();
    expect(notices.list).toEqual([]);
  });

  test('other failures are run again', async () => {
    const { session, model, notices } = await opened();
    session.setText('other');
    await settle();
    last(model).step.reject(new Error('no'));
    await settle();
    expect(notices.list[0]?.action?.label).toBe('Run again');
  });

  test('a chat is cut in its message; one that leaves no room says so', async () => {
    const { session, model, notices } = await opened({}, true);
    session.chat.set(true);
    session.setText(Array.from({ length: 20 }, (_, index) => `w${index}`).join(' '));
    await settle();
    last(model).step.reject(tooLong);
    await settle();
    must(notices.list[0]?.action).run();
    await settle();
    expect(last(model).input.tokens).toHaveLength(16);
    expect(last(model).input.text).toMatch(/^user: w0 .* w13 bot:$/);
  });
});

describe('a chat message', () => {
  test('is what was typed; the run is of what the template writes', async () => {
    const { session, model } = await opened({}, true);
    expect([session.chat.isPossible, session.chat.isOn]).toEqual([true, false]);
    session.setText(' the sea');
    await settle();
    last(model).finish();
    await settle();
    session.chat.set(true);
    expect(session.isStale).toBe(true);
    await settle();
    expect(last(model).input.text).toBe('user: the sea bot:');
    expect(session.isStale).toBe(true);
    last(model).finish();
    await settle();
    expect([session.isStale, session.text]).toEqual([false, ' the sea']);
    // The field shows the message's own tokens.
    expect(segments(session.text, session.encoding)).toEqual([
      { text: ' ', token: null },
      { text: 'the', token: 1 },
      { text: ' ', token: null },
      { text: 'sea', token: 2 },
    ]);
    session.chat.set(false);
    await settle();
    expect(last(model).input.text).toBe(' the sea');
  });

  test('without a word is nothing to run', async () => {
    const { session, model } = await opened({}, true);
    session.chat.set(true);
    await settle();
    last(model).finish();
    await settle();
    const before = model.pending.length;
    session.setText('  ');
    await settle();
    expect(model.pending).toHaveLength(before);
    expect(session.quiet).toContain('empty');
  });
});
