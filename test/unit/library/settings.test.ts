import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Settings } from '../../../src/common/contract.ts';
import { settingsChange, withChange } from '../../../src/common/settings-change.ts';
import { Recents, type Recent } from '../../../src/main/library/recents.ts';
import { SettingsStore } from '../../../src/main/library/settings.ts';
import { temporaryFolder } from '../files/temporary.ts';

const defaults = { theme: 'system', activationBudgetMiB: 256, memoryBudgetMiB: 8192, window: {}, tuning: {} };
const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
const stored = (folder: string) => JSON.parse(readFileSync(join(folder, 'settings.json'), 'utf8')) as unknown;

/** Loads, and changes some settings as a window does. */
async function change(folder: string, changes: Partial<Settings>): Promise<SettingsStore> {
  const store = await SettingsStore.load(folder);
  await save(store, changes);
  return store;
}

/** What a window that knows `store.value` sends. */
function save(store: SettingsStore, changes: Partial<Settings>): Promise<void> {
  return store.change({ before: store.value, after: { ...store.value, ...changes } });
}

describe('settings', () => {
  test('have defaults, and no file before they are changed', async () => {
    const folder = join(temporaryFolder(), 'headgate');
    const { value, faults } = await SettingsStore.load(folder);
    expect([value, faults]).toEqual([defaults, []]);
    expect(existsSync(folder)).toBe(false);
  });

  test('stay between starts', async () => {
    const folder = join(temporaryFolder(), 'not', 'yet', 'there');
    await change(folder, { theme: 'dark', window: { panes: ['grid'] } });
    const { value } = await SettingsStore.load(folder);
    expect(value).toEqual({ ...defaults, theme: 'dark', window: { panes: ['grid'] } });
    expect(readdirSync(folder)).toEqual(['settings.json']);
  });

  test('keep the last of many changes', async () => {
    const folder = temporaryFolder();
    const store = await SettingsStore.load(folder);
    const budgets = Array.from({ length: 20 }, (_, index) => 100 + index);
    await Promise.all(budgets.map((activationBudgetMiB) => save(store, { activationBudgetMiB })));
    expect((await SettingsStore.load(folder)).value.activationBudgetMiB).toBe(119);
  });

  test('with a value that nobody knows keep all others, say which, and leave it in the file', async () => {
    const content = { theme: 'sepia', window: { texts: { m: 'hi' } }, tuning: 3, activationBudgetMiB: 512 };
    const folder = temporaryFolder({ 'settings.json': JSON.stringify(content) });
    const store = await SettingsStore.load(folder);
    expect(store.value).toEqual({ ...defaults, window: content.window, activationBudgetMiB: 512 });
    expect(store.faults).toEqual([
      '"theme" in "settings.json" is "sepia"; it must be “system”, “dark” or “light”.',
      '"tuning" in "settings.json" is 3; it must be an object.',
    ]);
    await save(store, { activationBudgetMiB: 100 });
    expect(stored(folder)).toEqual({ ...content, activationBudgetMiB: 100 });
    await save(store, { theme: 'dark' });
    expect(stored(folder)).toMatchObject({ theme: 'dark' });
  });

  test('of a later version keep the fields that this one does not know', async () => {
    const content = { theme: 'light', later: { a: [1] }, window: { layout: 1, later: true } };
    const folder = temporaryFolder({ 'settings.json': JSON.stringify(content) });
    await change(folder, { theme: 'dark', window: { layout: 2, later: true } });
    expect(stored(folder)).toEqual({ ...content, theme: 'dark', window: { layout: 2, later: true } });
  });

  test('of two hosts on one folder come together', async () => {
    const folder = temporaryFolder({ 'settings.json': '{"window": {"texts": {"a": "1", "b": "2"}}}' });
    const [one, other] = [await SettingsStore.load(folder), await SettingsStore.load(folder)];
    await Promise.all([
      save(one, { theme: 'dark', window: { texts: { a: '1', b: '2', c: '3' } } }),
      save(other, { tuning: { gpu: { k: 'x' } }, window: { texts: { b: 'two' } } }),
    ]);
    // The first one is asked again: it must not take back what the other has done.
    await save(one, { activationBudgetMiB: 64 });
    expect(stored(folder)).toEqual({
      theme: 'dark',
      activationBudgetMiB: 64,
      tuning: { gpu: { k: 'x' } },
      window: { texts: { b: 'two', c: '3' } },
    });
  });

  test.each([
    ['', /not valid JSON/],
    ['{\n "theme": }', /not valid JSON \(line 2, column 11\)/],
    ['null', /"settings.json" does not hold a JSON object\./],
    ['[1, 2]', /does not hold a JSON object/],
    ['"text"', /does not hold a JSON object/],
    [`{"theme": "dark", "window": ${deep(100_000)}}`, /"window" in "settings.json" is nested too deeply/],
    [deep(200_000), /does not hold a JSON object/],
  ])('that are broken never stop a start: %#', async (text, fault) => {
    const folder = temporaryFolder({ 'settings.json': text });
    const store = await SettingsStore.load(folder);
    expect(store.value).toEqual({ ...defaults, theme: text.includes('dark') ? 'dark' : 'system' });
    expect(store.faults.join(' ')).toMatch(fault);
    expect(JSON.stringify(store.value).length).toBeLessThan(1000);
    await save(store, { activationBudgetMiB: 64 });
    expect(stored(folder)).toMatchObject({ activationBudgetMiB: 64 });
    expect(readFileSync(join(folder, 'settings.json.broken'), 'utf8')).toBe(text);
  });

  test('that are broken again stay beside those that were broken before', async () => {
    const folder = temporaryFolder({ 'settings.json': '{', 'settings.json.broken/inside': '' });
    await change(folder, { theme: 'dark' });
    writeFileSync(join(folder, 'settings.json'), '[');
    await change(folder, { theme: 'light' });
    expect(readdirSync(folder).sort()).toEqual(
      ['', '.broken', '.broken-2', '.broken-3'].map((end) => `settings.json${end}`),
    );
  });

  test('behind a link stay behind it', async () => {
    const folder = temporaryFolder({ 'dotfiles/settings.json': '{"theme": "light"}' });
    symlinkSync(join('dotfiles', 'settings.json'), join(folder, 'settings.json'));
    await change(folder, { activationBudgetMiB: 64 });
    expect(lstatSync(join(folder, 'settings.json')).isSymbolicLink()).toBe(true);
    expect(stored(join(folder, 'dotfiles'))).toEqual({ theme: 'light', activationBudgetMiB: 64 });
  });

  test('with a folder in their place start, say so, and go on', async () => {
    const folder = temporaryFolder({ 'settings.json/inside': '' });
    const store = await change(folder, { theme: 'dark' });
    expect(store.faults).toEqual(['"settings.json" is a folder, not a file.']);
    expect(stored(folder)).toEqual({ theme: 'dark' });
    expect(readdirSync(folder).sort()).toEqual(['settings.json', 'settings.json.broken']);
  });

  test.skipIf(process.getuid?.() === 0)('that may not be read or written start all the same', async () => {
    const folder = temporaryFolder({ 'settings.json': '{' });
    chmodSync(join(folder, 'settings.json'), 0);
    chmodSync(folder, 0o500);
    const store = await SettingsStore.load(folder);
    expect(store.faults.join(' ')).toMatch(/no permission for "settings.json"/);
    await expect(save(store, {})).rejects.toMatchObject({ code: 'settings-unwritable' });
    chmodSync(folder, 0o700);
  });

  test('that can not be written are an error that says why, and stay in memory', async () => {
    // A file stands where the folder would have to be.
    const folder = join(temporaryFolder({ blocker: '' }), 'blocker', 'headgate');
    const store = await SettingsStore.load(folder);
    await expect(save(store, { theme: 'dark' })).rejects.toMatchObject({
      code: 'settings-unwritable',
      message: expect.stringContaining('settings.json') as unknown,
    });
    expect(store.value.theme).toBe('dark');
  });
});

test('a lock that nobody can have taken does not hold the settings for ever', async () => {
  const folder = temporaryFolder({ 'settings.json.lock/x': '' });
  const longAgo = new Date(Date.now() - 60_000);
  utimesSync(join(folder, 'settings.json.lock'), longAgo, longAgo);
  const store = await SettingsStore.load(folder);
  await expect(save(store, { theme: 'dark' })).rejects.toMatchObject({
    code: 'settings-unwritable',
  });
});

describe('changes of one window in what another has changed', () => {
  const texts = (own: Record<string, string>) => ({ window: { texts: own } });
  test.each<[Partial<Settings>, Partial<Settings>, object, object]>([
    [{}, { theme: 'dark' }, {}, { theme: 'dark' }],
    [{ theme: 'dark' }, { theme: 'dark' }, { theme: 'light' }, { theme: 'light' }],
    [{ theme: 'dark' }, { theme: 'system' }, { theme: 'light' }, { theme: 'system' }],
    [texts({ a: '1' }), texts({}), texts({ a: '1', b: '1' }), texts({ b: '1' })],
    [texts({ a: '1' }), texts({ a: '2' }), texts({ a: '1', b: '1' }), texts({ a: '2', b: '1' })],
    [
      { window: { chats: ['a'] } },
      { window: { chats: ['a', 'b'] } },
      { window: { chats: ['c'] } },
      { window: { chats: ['a', 'b'] } },
    ],
    // A layout is one value: halves of two would fit nowhere.
    [
      { window: { layout: { root: 1, active: 1 } } },
      { window: { layout: { root: 2, active: 1 } } },
      { window: { layout: { root: 3, active: 3 }, rail: false } },
      { window: { layout: { root: 2, active: 1 }, rail: false } },
    ],
    [
      { tuning: {} },
      { tuning: { gpu: { a: 1 } } },
      { later: 1, tuning: { other: 2 } },
      { later: 1, tuning: { other: 2, gpu: { a: 1 } } },
    ],
    [
      { window: { later: true } },
      { window: { later: true, rail: true } },
      { window: 3 },
      { window: { rail: true } },
    ],
  ])('%j → %j, in %j: %j', (before, after, theirs, expected) => {
    const change = settingsChange(before, after);
    const result = change === null ? theirs : withChange(change, theirs as Record<string, unknown>);
    expect(result).toEqual(expected);
  });

  test('only what differs is sent', () => {
    const before = { theme: 'dark', window: { texts: { a: 'long', b: '1' }, rail: true } };
    const after = { theme: 'dark', window: { texts: { a: 'long', b: '2' }, rail: true } };
    expect(settingsChange(before, after)).toEqual({ before: texts({ b: '1' }), after: texts({ b: '2' }) });
    expect(settingsChange(after, after)).toBeNull();
  });

  test('two windows of one host keep what the other one changed', async () => {
    const folder = temporaryFolder();
    const store = await SettingsStore.load(folder);
    const atStart = store.value;
    const send = async (after: Partial<Settings>) => {
      const change = settingsChange(atStart, { ...atStart, ...after });
      if (change !== null) await store.change(change);
    };
    await send({ theme: 'dark', window: { texts: { a: '1' } } });
    await send({ memoryBudgetMiB: 100, window: { texts: { b: '2' }, rail: false } });
    const expected = {
      theme: 'dark',
      memoryBudgetMiB: 100,
      window: { texts: { a: '1', b: '2' }, rail: false },
    };
    expect(store.value).toMatchObject(expected);
    expect(stored(folder)).toEqual(expected);
  });
});

describe('recent models', () => {
  const recent = (path: string): Recent => ({ path, name: path, modelType: null, bytes: 1 });
  const paths = async (folder: string) => (await Recents.load(folder)).list().map(({ path }) => path);

  test('come last first, each once, and stay between starts', async () => {
    const folder = temporaryFolder();
    const recents = await Recents.load(folder);
    for (const path of ['/a', '/b', '/a', '/c']) await recents.add(recent(path));
    await recents.remove('/b');
    expect(await paths(folder)).toEqual(['/c', '/a']);
  });

  test('are not more than twenty', async () => {
    const recents = await Recents.load(temporaryFolder());
    for (let index = 0; index < 25; index++) await recents.add(recent(`/${index}`));
    expect(recents.list().map(({ path }) => path)).toEqual(
      Array.from({ length: 20 }, (_, index) => `/${24 - index}`),
    );
  });

  test('of two hosts come together', async () => {
    const folder = temporaryFolder();
    const [one, other] = [await Recents.load(folder), await Recents.load(folder)];
    await one.add(recent('/a'));
    await other.add(recent('/b'));
    await one.add(recent('/c'));
    expect(await paths(folder)).toEqual(['/c', '/b', '/a']);
    // A host lists what it can open: the other's models come at its next start.
    expect(other.list().map(({ path }) => path)).toEqual(['/b']);
  });

  test('that are no models are left out and said; what a later version adds stays', async () => {
    const folder = temporaryFolder();
    const later = { ...recent('/a'), pinned: true };
    writeFileSync(join(folder, 'recents.json'), JSON.stringify([later, { path: 3 }, 'x']));
    const recents = await Recents.load(folder);
    expect([recents.list(), recents.faults.length]).toEqual([[later], 1]);
    await recents.add(recent('/a'));
    expect((await Recents.load(folder)).list()).toEqual([later]);
  });

  test('that can not be kept or read do not stand in the way', async () => {
    const recents = await Recents.load(join(temporaryFolder({ blocker: '' }), 'blocker'));
    await recents.add(recent('/a'));
    expect(recents.list()).toHaveLength(1);
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'recents.json'));
    expect((await Recents.load(folder)).faults).toEqual(['"recents.json" is a folder, not a file.']);
  });
});
