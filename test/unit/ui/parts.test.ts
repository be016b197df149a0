import { describe, expect, test } from 'vitest';
import type { Token } from '../../../src/renderer/runs/run.ts';
import { headHue } from '../../../src/renderer/common/colours.ts';
import { answers, rank } from '../../../src/renderer/ui/dialogs/rank.ts';
import { folderOf, folderOfHandle, type FolderHandle } from '../../../src/renderer/ui/drop/choose-folder.ts';
import { strongest } from '../../../src/renderer/ui/inspector/strongest.ts';
import { packedTypes, parameterCount, storedTypes } from '../../../src/renderer/ui/model-facts.ts';
import { segments } from '../../../src/renderer/ui/top/segments.ts';

describe('the palette', () => {
  const titles = [
    'Open folder…',
    'Split pane to the right',
    'Reset layout',
    'Previous pane',
    'View: One head',
  ];
  const search = (typed: string) => rank(titles, typed, (title) => ({ title, words: '' }));

  test('lists everything, in order, before anything is typed', () => {
    expect(search('')).toEqual(titles);
    expect(search('  ')).toEqual(titles);
  });

  test.each([
    ['open', 'Open folder…'],
    ['pane', 'Split pane to the right'],
    ['right split', 'Split pane to the right'],
    ['spr', 'Split pane to the right'],
    ['ONE', 'View: One head'],
  ])('“%s” finds “%s” first', (typed, title) => expect(search(typed)[0]).toBe(title));

  test('every word must be found', () => {
    expect(search('pane zebra')).toEqual([]);
  });

  test('a title counts more than the words behind it', () => {
    expect(answers('Theme', '', 'theme')).toBeGreaterThan(answers('Other', 'theme', 'theme'));
    expect(answers('Other', 'theme', 'theme')).toBeGreaterThan(0);
  });
});

describe('the text and its tokens', () => {
  const token = (start: number, end: number): Token => ({
    id: 0,
    text: '',
    span: [start, end],
    special: false,
  });
  const bare: Token = { id: 1, text: '<s>', span: null, special: true };

  test('is cut at its tokens; special tokens have no characters', () => {
    const encoding = { text: 'The sea', tokens: [bare, token(0, 3), token(3, 7)] };
    expect(segments('The sea', encoding)).toEqual([
      { text: 'The', token: 1 },
      { text: ' sea', token: 2 },
    ]);
  });

  test('keeps what no token covers, and draws shared characters once', () => {
    const encoding = { text: 'a €b', tokens: [token(0, 1), token(2, 3), token(2, 3), token(3, 4)] };
    expect(segments('a €b', encoding)).toEqual([
      { text: 'a', token: 0 },
      { text: ' ', token: null },
      { text: '€', token: 1 },
      { text: 'b', token: 3 },
    ]);
  });

  test('keeps the old tokens as far as a newer text begins alike', () => {
    const encoding = { text: 'The sea', tokens: [token(0, 3), token(3, 7)] };
    expect(segments('The se', encoding)).toEqual([
      { text: 'The', token: 0 },
      { text: ' se', token: null },
    ]);
    expect(segments('', encoding)).toEqual([]);
    expect(segments('x', null)).toEqual([{ text: 'x', token: null }]);
  });
});

describe('a folder picked in the browser', () => {
  const file = (path: string) => Object.assign(new Blob(['x']), { webkitRelativePath: path });

  test('gives its files by their path inside it, without hidden ones', () => {
    const dropped = folderOf([file('gpt/config.json'), file('gpt/.git/HEAD'), file('gpt/sub/a.safetensors')]);
    expect(dropped?.name).toBe('gpt');
    expect(dropped?.files.map(({ name }) => name)).toEqual(['config.json', 'sub/a.safetensors']);
  });

  test('by Chromium’s dialog gives the same', async () => {
    const leaf = (name: string) => ({
      kind: 'file' as const,
      name,
      getFile: () => Promise.resolve(new Blob(['x'])),
    });
    const folder = (name: string, entries: (FolderHandle | ReturnType<typeof leaf>)[]): FolderHandle => ({
      kind: 'directory',
      name,
      async *values() {
        yield* entries;
      },
    });
    const tree = folder('gpt', [
      leaf('config.json'),
      folder('.git', [leaf('HEAD')]),
      folder('sub', [leaf('a.safetensors')]),
    ]);
    const dropped = await folderOfHandle(tree);
    expect(dropped.name).toBe('gpt');
    expect(dropped.files.map(({ name }) => name)).toEqual(['config.json', 'sub/a.safetensors']);
  });

  test('that is empty is nothing', () => {
    expect(folderOf([])).toBeNull();
  });
});

describe('facts', () => {
  const tensor = (dtype: 'F32' | 'F16', shape: number[], begin: number, end: number) => ({
    name: 'w',
    dtype,
    shape,
    file: '0',
    begin,
    end,
  });

  test('of a model', () => {
    const tensors = [tensor('F32', [2], 0, 8), tensor('F16', [10, 10], 8, 208), tensor('F32', [], 208, 212)];
    expect(parameterCount({ tensors })).toBe(103);
    expect(storedTypes({ tensors })).toBe('F16 + F32');
    expect(packedTypes({ tensors })).toBe('');
  });

  test('of a packed model: the types of its blocks, by their bytes', () => {
    const packed = (dtype: 'q8_0' | 'q4_K', end: number) => ({
      ...tensor('F32', [4, 256], 0, 4096),
      packed: { dtype, file: '1', begin: 0, end, turned: false },
    });
    const tensors = [packed('q8_0', 100), packed('q4_K', 576), tensor('F32', [2], 0, 8)];
    expect(storedTypes({ tensors })).toBe('q4_K + q8_0 + F32');
    expect(packedTypes({ tensors })).toBe('q4_K + q8_0');
  });

  test('the strongest keys come first, masked ones never', () => {
    expect(strongest([0.1, 0.6, 0, 0.3], 3)).toEqual([
      { key: 1, weight: 0.6 },
      { key: 3, weight: 0.3 },
      { key: 0, weight: 0.1 },
    ]);
    expect(strongest(new Float32Array([0.5, 0.5]), 1)).toEqual([{ key: 0, weight: 0.5 }]);
  });

  test('heads have hues that are told apart', () => {
    const hues = Array.from({ length: 8 }, (_, head) => headHue(head, 8)).sort((a, b) => a - b);
    for (const [i, hue] of hues.entries())
      if (i > 0) expect(hue - (hues[i - 1] ?? 0)).toBeGreaterThanOrEqual(44);
    expect(headHue(0, 0)).toBe(20);
  });
});
