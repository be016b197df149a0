import { expect, test } from 'vitest';
import { segments, within } from '../../../src/renderer/ui/top/segments.ts';
import { FieldText } from '../../../src/renderer/ui/top/long/field-text.svelte.ts';
import { partAround, WHOLE } from '../../../src/renderer/ui/top/long/part.ts';

const long = Array.from({ length: 20_000 }, (_, i) => `w${i} `).join('');

function fieldOf(text: string) {
  const owner = {
    text,
    setText(next: string) {
      owner.text = next;
    },
  };
  return { owner, field: new FieldText(() => owner) };
}

test('a text that is not long is in the field whole', () => {
  const { owner, field } = fieldOf('abc');
  expect([field.value, field.part, field.isLong]).toEqual(['abc', [0, 3], false]);
  field.typed('abcd', 4, false);
  expect(owner.text).toBe('abcd');
  // The browser's own history is enough.
  expect(field.undo()).toBe(false);
});

test('a part is whole characters, and begins with a line where one begins near', () => {
  const [from, to] = partAround(long, 50_000);
  expect([to - from, from < 50_000 && to > 50_000]).toEqual([3600, true]);
  expect(partAround(long, 0)[0]).toBe(0);
  expect(partAround(long, long.length)[1]).toBe(long.length);
  const faces = '😀'.repeat(20_000);
  for (let at = 10_000; at < 10_010; at++)
    expect(partAround(faces, at).map((place) => place % 2)).toEqual([0, 0]);
  const lines = `${'x'.repeat(99)}\n`.repeat(1000);
  expect(partAround(lines, 50_050)[0] % 100).toBe(0);
});

test('a long text that is pasted is undone and redone as one change', () => {
  const { owner, field } = fieldOf('before after');
  expect([field.isTooMuch('x'), field.isTooMuch(long)]).toEqual([false, true]);
  field.replace(field.selected(7, 7), long);
  expect(owner.text).toBe(`before ${long}after`);
  expect(field.value.length).toBeLessThan(WHOLE);
  expect(field.wish).toEqual([7 + long.length, 7 + long.length]);
  expect([field.undo(), owner.text]).toEqual([true, 'before after']);
  expect([field.redo(), owner.text]).toEqual([true, `before ${long}after`]);
});

test('what is typed into a part is typed into the text, and undone where it was', () => {
  const { owner, field } = fieldOf(long);
  field.goTo(50_000);
  const [from] = field.part;
  const at = 50_000 - from;
  let value = field.value;
  // Letters that repeat what follows are typed where the cursor is all the same.
  const typed = `new${value.slice(at, at + 4)}`;
  for (const [i, letter] of [...typed].entries()) {
    value = value.slice(0, at + i) + letter + value.slice(at + i);
    field.typed(value, at + i + 1, false);
  }
  expect(owner.text).toBe(long.slice(0, 50_000) + typed + long.slice(50_000));
  expect(field.value).toBe(value);
  // What was typed at once is taken back at once.
  expect(field.undo()).toBe(true);
  expect(owner.text).toBe(long);
  expect(field.wish).toEqual([50_000, 50_000]);
});

test('all of a part selected is all of the text', () => {
  const { owner, field } = fieldOf(long);
  expect(field.selected(3, 9)).toEqual([3, 9]);
  expect(field.selected(0, field.value.length)).toEqual([0, long.length]);
  field.typed('x', 1, field.isAll(0, field.value.length));
  expect(owner.text).toBe('x');
  expect(field.undo()).toBe(true);
  expect(owner.text).toBe(long);
});

test('a text that came from elsewhere is not changed by an undo of another', () => {
  const { owner, field } = fieldOf('');
  field.replace([0, 0], long);
  owner.setText('another');
  expect(field.undo()).toBe(false);
  expect(owner.text).toBe('another');
});

test('the part moves on when the cursor comes near to its inner edge', () => {
  const { field } = fieldOf(long);
  expect(field.nearEdge(0, 0)).toBeNull();
  expect(field.nearEdge(3590, 3590)).toBe(3590);
  expect(field.nearEdge(3000, 3590)).toBeNull();
  field.goTo(3590);
  expect(field.part[0]).toBe(1790);
  field.rewind();
  expect([field.part[0], field.wish]).toEqual([0, [0, 0]]);
  field.goTo(3590);
  expect(field.nearEdge(10, 10)).toBe(1800);
});

test('tokens of a part', () => {
  const tokens = [0, 1, 2].map((id) => ({
    id,
    text: 'ab',
    span: [id * 2, id * 2 + 2] as const,
    special: false,
  }));
  const list = segments('ababab', { tokens, text: 'ababab' } as Parameters<typeof segments>[1]);
  expect(within(list, [1, 4])).toEqual([
    { text: 'b', token: 0 },
    { text: 'ab', token: 1 },
  ]);
});

test('with all of a text selected, all of it stays so while other parts are shown', () => {
  const { field } = fieldOf(long);
  field.goTo(50_000, true);
  const { part, wish } = field;
  expect(part[0]).toBeGreaterThan(0);
  expect(wish).toEqual(part);
  expect(field.selected(0, part[1] - part[0])).toEqual([0, long.length]);
});
