import { describe, expect, test } from 'vitest';
import type { AttentionMap } from '../../../src/renderer/runs/run.ts';
import { AttentionDisplay, maskDiagonal } from '../../../src/renderer/common/attention-display.svelte.ts';
import { patternRows, strongestKey } from '../../../src/renderer/common/pattern-rows.ts';
import { largest } from '../../../src/renderer/common/tiles.ts';
import { elide, tokenName, visibleText } from '../../../src/renderer/common/tokens.ts';

describe('tokens', () => {
  test('spaces and line ends are visible', () => {
    expect(visibleText(' the')).toBe('·the');
    expect(visibleText('a\r\nb\n\tc')).toBe('a↵b↵⇥c');
    expect(visibleText('')).toBe('∅');
    expect(visibleText('\u000c\u200b\ufeff\u00a0\u00ad')).toBe('⟨U+000C⟩⟨U+200B⟩⟨U+FEFF⟩⟨U+00A0⟩⟨U+00AD⟩');
    // What turns the text around it, and a tag, which is two units long.
    expect(visibleText('a\u202eb\u{e0041}')).toBe('a⟨U+202E⟩b⟨U+E0041⟩');
    expect(visibleText('\u{1f469}\u200d\u{1f680}')).toBe('\u{1f469}\u200d\u{1f680}');
    expect(visibleText('\u200d')).toBe('⟨U+200D⟩');
    expect(visibleText('é👍🏽 مرحبا')).toBe('é👍🏽·مرحبا');
  });

  test('long ones lose their middle, by characters and not by code units', () => {
    expect(elide('internationalisation', 10)).toBe('intern…ion');
    expect(elide('short', 5)).toBe('short');
    expect([...elide('😀😀😀😀😀😀', 4)]).toHaveLength(4);
  });

  test('are named with their position', () => {
    expect(tokenName([{ id: 9, text: ' sea', span: null, special: false }], 0)).toBe('“·sea” (0)');
  });
});

describe('attention', () => {
  test('the scale ends at 1, or at the largest weight when the first key is hidden', () => {
    const display = new AttentionDisplay();
    expect(display.domain(0.3)).toEqual({ low: 0, high: 1, log: false });
    expect(display.firstKey(8)).toBe(0);
    display.hideFirst = true;
    expect(display.domain(0.3)).toEqual({ low: 0, high: 0.3, log: false });
    expect(display.domain(0)).toEqual({ low: 0, high: 1, log: false });
    expect(display.firstKey(8)).toBe(1);
    expect(display.firstKey(1)).toBe(0);
    display.log = true;
    expect(display.domain(1e-5)).toMatchObject({ high: 1e-5, log: true });
    expect(display.domain(1e-5).low).toBeCloseTo(1e-6, 12);
  });

  test('masks begin after the query, later keys of a cache included', () => {
    const map = (causal: boolean, queries: number, keys: number) =>
      ({ causal, queries: Array(queries), keys: Array(keys) }) as unknown as AttentionMap;
    expect(maskDiagonal(map(true, 5, 5))).toBe(0);
    expect(maskDiagonal(map(true, 1, 8))).toBe(7);
    expect(maskDiagonal(map(false, 5, 5))).toBeNull();
  });

  test('the strongest key may leave out the first', () => {
    const row = Float32Array.of(0.6, 0.1, 0.3);
    expect(strongestKey(row, 0)).toBe(0);
    expect(strongestKey(row, 1)).toBe(2);
  });

  test('a row is read once, and again after a failure', async () => {
    let reads = 0;
    const map = {
      row: () => (++reads === 1 ? Promise.reject(new Error('lost')) : Promise.resolve(Float32Array.of(1))),
    } as unknown as AttentionMap;
    await expect(patternRows(map).row(0, 0, 0)).rejects.toThrow('lost');
    await patternRows(map).row(0, 0, 0);
    await patternRows(map).row(0, 0, 0);
    expect(reads).toBe(2);
    await patternRows(map).row(0, 0, 1);
    expect(reads).toBe(3);
  });

  test('the largest weight ignores what is no number', () => {
    expect(largest(Float32Array.of(0.2, NaN, Infinity, 0.7, -3))).toBe(Math.fround(0.7));
    expect(largest(Float32Array.of())).toBe(0);
  });
});
