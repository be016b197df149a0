import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Recents, type Recent } from '../../../src/main/library/recents.ts';
import { loadSettings } from '../../../src/main/library/settings.ts';
import { temporaryFolder } from '../files/temporary.ts';

const defaults = { theme: 'system', activationBudgetMiB: 256, window: {}, tuning: {} };

describe('settings', () => {
  test('have defaults, and no file before they are changed', async () => {
    const folder = join(temporaryFolder(), 'headgate');
    expect((await loadSettings(folder)).value).toEqual(defaults);
    expect(existsSync(folder)).toBe(false);
  });

  test('stay between starts', async () => {
    const folder = join(temporaryFolder(), 'not', 'yet', 'there');
    const store = await loadSettings(folder);
    await store.save({ ...store.value, theme: 'dark', window: { panes: ['grid'] } });
    expect((await loadSettings(folder)).value).toEqual({
      ...defaults,
      theme: 'dark',
      window: { panes: ['grid'] },
    });
    expect(readdirSync(folder)).toEqual(['settings.json']);
  });

  test('keep the last of many changes', async () => {
    const folder = temporaryFolder();
    const store = await loadSettings(folder);
    const budgets = Array.from({ length: 20 }, (_, index) => 100 + index);
    await Promise.all(
      budgets.map((activationBudgetMiB) => store.save({ ...store.value, activationBudgetMiB })),
    );
    expect((await loadSettings(folder)).value.activationBudgetMiB).toBe(119);
  });

  test.each(['', '{', 'null', '"text"', '{"theme": "pink"}', '{"window": 3}'])(
    'that are broken are set aside: %s',
    async (text) => {
      const folder = temporaryFolder({ 'settings.json': text });
      const store = await loadSettings(folder);
      expect(store.value).toEqual(defaults);
      expect(readFileSync(join(folder, 'settings.json.broken'), 'utf8')).toBe(text);
      await store.save(store.value);
      expect(readdirSync(folder).sort()).toEqual(['settings.json', 'settings.json.broken']);
    },
  );

  test('of an older version get the defaults of what is new', async () => {
    const folder = temporaryFolder({ 'settings.json': '{"theme": "light", "gone": 1}' });
    expect((await loadSettings(folder)).value).toEqual({ ...defaults, theme: 'light' });
  });

  test('that can not be written are an error that names the file', async () => {
    // A file stands where the folder would have to be.
    const folder = join(temporaryFolder({ blocker: '' }), 'blocker', 'headgate');
    const store = await loadSettings(folder);
    await expect(store.save(store.value)).rejects.toMatchObject({
      code: 'settings-unwritable',
      message: expect.stringContaining('settings.json') as unknown,
    });
  });
});

describe('recent models', () => {
  const recent = (path: string): Recent => ({ path, name: path, modelType: null, bytes: 1 });

  test('come last first, each once, and stay between starts', async () => {
    const folder = temporaryFolder();
    const recents = await Recents.load(folder);
    for (const path of ['/a', '/b', '/a', '/c']) await recents.add(recent(path));
    await recents.remove('/b');
    expect((await Recents.load(folder)).list().map(({ path }) => path)).toEqual(['/c', '/a']);
  });

  test('are not more than twenty', async () => {
    const recents = await Recents.load(temporaryFolder());
    for (let index = 0; index < 25; index++) await recents.add(recent(`/${index}`));
    expect(recents.list().map(({ path }) => path)).toEqual(
      Array.from({ length: 20 }, (_, index) => `/${24 - index}`),
    );
  });

  test('that can not be kept do not stand in the way', async () => {
    const recents = await Recents.load(join(temporaryFolder({ blocker: '' }), 'blocker'));
    await recents.add(recent('/a'));
    expect(recents.list()).toHaveLength(1);
  });
});
