import { beforeEach, describe, expect, test } from 'vitest';
import type { Token } from '../../../src/renderer/runs/run.ts';
import type { ViewDefinition } from '../../../src/renderer/views/view.ts';
import { Selection } from '../../../src/renderer/state/window/selection.svelte.ts';
import { Workbench } from '../../../src/renderer/state/window/workbench.svelte.ts';
import {
  commandOf,
  commands,
  nativeMenu,
  offered,
  perform,
  performById,
} from '../../../src/renderer/ui/commands/registry.ts';
import {
  accelerator,
  isPlain,
  keyNames,
  matches,
  parseShortcut,
} from '../../../src/renderer/common/shortcuts.ts';
import { must } from '../../helpers/must.ts';
import { FakeBackend, fakeApi, fakeRun, words } from '../state/stand-ins.ts';

const view = (id: string, score: number): ViewDefinition => ({
  id,
  title: id,
  description: `about ${id}`,
  icon: (() => undefined) as unknown as ViewDefinition['icon'],
  rank: 0,
  settings: () => [],
  score: () => score,
  load: () => Promise.reject(new Error('not loaded in this test')),
});

let bench: Workbench;

beforeEach(() => {
  const views = [view('weak', 0.2), view('none', 0), view('best', 1), view('also-best', 1)];
  bench = new Workbench(fakeApi(), new FakeBackend(), new Selection(), views);
});

const withRun = (text: string, sourceTokens: readonly Token[] | null = null) => {
  const input = { text, tokens: words(text), vocabulary: () => must(words('x')[0]) };
  const run = { ...fakeRun('a', input, 3, 4), sourceTokens };
  void bench.session.screen.put(run, {
    model: null,
    text,
    pair: null,
    excerpt: null,
    isChat: false,
    decode: null,
  });
};

const key = (name: string, modifiers: Partial<KeyboardEvent> = {}) => ({
  key: name,
  code: /^[a-z]$/i.test(name) ? `Key${name.toUpperCase()}` : '',
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...modifiers,
});

const find = (id: string) => must(commands.find((command) => command.id === id));

describe('what the view of the active pane can do', () => {
  const open = async () => {
    const done: string[] = [];
    const zoom = { id: 'zoom-in', title: 'Zoom in', shortcut: '+', run: () => void done.push('in') };
    const reset = { id: 'reset', title: 'Show everything', when: () => false, run: () => undefined };
    const instance = {
      ...{ spoken: '', commands: [zoom, reset] },
      ...{ save: () => null, show: () => Promise.resolve(), close: () => undefined },
    };
    const module = { create: () => instance, default: () => ({}) };
    const best: ViewDefinition = { ...view('best', 1), load: () => Promise.resolve(module) };
    bench = new Workbench(fakeApi(), new FakeBackend(), new Selection(), [best]);
    withRun('one two');
    const pane = bench.layout.active;
    await bench.opened.open(pane, best);
    return done;
  };

  test('is in the palette and in the menu, and has its keys', async () => {
    const done = await open();
    expect(offered(bench).filter(({ id }) => id.startsWith('view.in.'))).toMatchObject([
      { id: 'view.in.zoom-in', title: 'best: Zoom in' },
    ]);
    expect(nativeMenu(bench).map(({ id }) => id)).toContain('view.in.zoom-in');
    await perform(must(commandOf(key('+'), false, bench)), bench);
    expect(commandOf(key('+'), true, bench)).toBeNull();
    await performById('view.in.reset', bench);
    expect(done).toEqual(['in']);
  });

  test('belongs to that pane only', async () => {
    await open();
    bench.layout.step(1);
    expect(commandOf(key('+'), false, bench)).toBeNull();
  });
});

describe('the registry', () => {
  test('has no id twice', () => {
    const ids = commands.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('has no shortcut twice, and every one can be read', () => {
    const shortcuts = commands.flatMap(({ shortcut }) => (shortcut === undefined ? [] : [shortcut]));
    const read = shortcuts.map((shortcut) => JSON.stringify(parseShortcut(shortcut)));
    expect(new Set(read).size).toBe(shortcuts.length);
    expect(shortcuts.length).toBeGreaterThan(15);
  });

  test('takes no keys that browsers keep for themselves', () => {
    const kept = ['Mod+W', 'Mod+N', 'Mod+T', 'Mod+Shift+N', 'Mod+Shift+T', 'Mod+Shift+W', 'Mod+Q', 'Mod+Tab'];
    for (const { shortcut } of commands) expect(kept).not.toContain(shortcut);
  });

  test('offers what can be done now: views that fit, models of the library', async () => {
    expect(offered(bench).some(({ id }) => id.startsWith('view.show.'))).toBe(false);
    await bench.slots.start(
      Promise.resolve({
        version: '1',
        host: 'loopback',
        capabilities: { pickFolder: false, sessionFiles: false },
        startModel: null,
        startError: null,
        besideModels: [],
        restores: false,
        job: false,
      }),
    );
    withRun('one two');
    const ids = offered(bench).map(({ id }) => id);
    expect(ids.filter((id) => id.startsWith('view.show.'))).toEqual([
      'view.show.best',
      'view.show.also-best',
      'view.show.weak',
    ]);
    expect(ids).toContain('model.open.b');
    expect(ids).not.toContain('file.cancel-loading');
    expect(ids).not.toContain('select.clear');
  });

  test('the native menu shows no plain keys and fits its schema', () => {
    withRun('one');
    const items = nativeMenu(bench);
    expect(items.find(({ id }) => id === 'help.shortcuts')?.accelerator).toBeNull();
    expect(items.find(({ id }) => id === 'window.commands')?.accelerator).toBe('CmdOrCtrl+K');
    expect(items.find(({ id }) => id === 'window.previous-region')?.accelerator).toBe('Shift+F6');
    for (const { id, label, menu } of items) {
      expect(id).toMatch(/^[A-Za-z0-9._:-]{1,80}$/);
      expect(label.length).toBeLessThanOrEqual(80);
      expect(menu.length).toBeLessThanOrEqual(30);
    }
  });

  test('a command that fails is told and does not throw', async () => {
    const broken = { ...find('pane.reset'), run: () => Promise.reject(new Error('no')) };
    await perform(broken, bench);
    expect(bench.notices.list).toMatchObject([
      { origin: 'command', error: { message: expect.stringMatching(/no$/) as string } },
    ]);
  });
});

describe('keys', () => {
  test('find their command', () => {
    expect(commandOf(key('k', { ctrlKey: true }), true, bench)?.id).toBe('window.commands');
    expect(commandOf(key('?', { shiftKey: true }), false, bench)?.id).toBe('help.shortcuts');
  });

  test('that are plain belong to the text while one types', () => {
    expect(commandOf(key('/'), false, bench)?.id).toBe('text.focus');
    expect(commandOf(key('/'), true, bench)).toBeNull();
    withRun('one two');
    expect(commandOf(key('ArrowRight'), true, bench)).toBeNull();
  });

  test('of a command that can’t be done now do nothing', () => {
    expect(commandOf(key('Escape'), false, bench)).toBeNull();
    bench.selection.lock({ token: { side: 'target', index: 0 } });
    expect(commandOf(key('Escape'), false, bench)?.id).toBe('select.clear');
  });

  test('with more modifiers are others', () => {
    expect(commandOf(key('k', { ctrlKey: true, shiftKey: true }), false, bench)).toBeNull();
    expect(commandOf(key('k', { ctrlKey: true, altKey: true }), false, bench)).toBeNull();
    expect(commandOf(key('k'), false, bench)).toBeNull();
  });

  test('Mod is Cmd on macOS and Ctrl elsewhere', () => {
    expect(matches('Mod+K', key('k', { metaKey: true }), true)).toBe(true);
    expect(matches('Mod+K', key('k', { ctrlKey: true }), true)).toBe(false);
    expect(matches('Mod+K', key('k', { metaKey: true }), false)).toBe(false);
    expect(matches('Space', key(' '), false)).toBe(true);
    expect([keyNames('Space'), accelerator('Space')]).toEqual([['Space'], 'Space']);
    expect(keyNames('Mod+Shift+K', true)).toEqual(['⌘', '⇧', 'K']);
    expect(keyNames('Mod+Shift+K', false)).toEqual(['Ctrl', 'Shift', 'K']);
  });

  test('another alphabet or Alt’s characters count by their place, another layout by its letter', () => {
    expect(matches('Mod+K', key('л', { code: 'KeyK', ctrlKey: true }), false)).toBe(true);
    expect(matches('Alt+W', key('∑', { code: 'KeyW', altKey: true }), true)).toBe(true);
    expect(
      matches('Mod+Shift+\\', key('|', { code: 'Backslash', ctrlKey: true, shiftKey: true }), false),
    ).toBe(true);
    // AZERTY: the key in Q's place types A.
    expect(matches('Mod+Q', key('a', { code: 'KeyQ', ctrlKey: true }), false)).toBe(false);
  });

  test('are written as Electron has them', () => {
    expect(accelerator('Mod+Shift+ArrowLeft')).toBe('CmdOrCtrl+Shift+Left');
    expect(accelerator('Alt+Enter')).toBe('Alt+Enter');
    expect(isPlain('F6')).toBe(false);
    expect(isPlain('Shift+ArrowUp')).toBe(true);
    expect(() => parseShortcut('Hyper+K')).toThrow('no shortcut');
  });
});

describe('what commands do', () => {
  test('tokens are walked and stay inside the text', async () => {
    withRun('one two three');
    await performById('select.next-token', bench);
    expect(bench.selection.locked).toEqual({ token: { side: 'target', index: 0 } });
    for (let i = 0; i < 5; i += 1) await performById('select.next-token', bench);
    expect(bench.selection.locked).toEqual({ token: { side: 'target', index: 2 } });
    await performById('select.clear', bench);
    expect(bench.selection.locked).toBeNull();
    await performById('select.previous-token', bench);
    expect(bench.selection.locked).toEqual({ token: { side: 'target', index: 2 } });
  });

  test('tokens are walked in the sequence of the locked one', async () => {
    withRun('el caballo negro', words('the black horse'));
    bench.selection.lock({ token: { side: 'source', index: 1 } });
    await performById('select.next-token', bench);
    await performById('select.next-token', bench);
    expect(bench.selection.locked).toEqual({ token: { side: 'source', index: 2 } });
  });

  test('tokens are walked from the one that is looked at, which the pointer no longer hides', async () => {
    withRun('one two three');
    bench.selection.hover({ token: { side: 'target', index: 0 } });
    await performById('select.next-token', bench);
    expect(bench.selection.current).toEqual({ token: { side: 'target', index: 1 } });
  });

  test('heads and layers go round', async () => {
    withRun('one');
    await performById('select.previous-head', bench);
    expect(bench.selection.head).toEqual({ layer: 0, head: 3 });
    await performById('select.next-layer', bench);
    await performById('select.next-layer', bench);
    await performById('select.next-layer', bench);
    expect(bench.selection.head).toEqual({ layer: 0, head: 3 });
  });

  test('a view is shown in the active pane', async () => {
    withRun('one');
    bench.layout.active = 'p2';
    await performById('view.show.weak', bench);
    expect(bench.assigned.get('p2')).toBe('weak');
  });

  test('the palette opens and closes with the same keys', async () => {
    await performById('window.commands', bench);
    expect(bench.palette).toBe('all');
    await performById('window.commands', bench);
    expect(bench.palette).toBeNull();
  });

  test('Open folder asks the host’s dialog where it has one', async () => {
    let asked = 0;
    const api = fakeApi({
      pick: () => {
        asked += 1;
        return Promise.resolve({ model: null });
      },
    });
    bench = new Workbench(api, new FakeBackend(), new Selection(), []);
    const app = {
      version: '1',
      host: 'electron',
      startModel: null,
      startError: null,
      besideModels: [] as string[],
      restores: false,
      job: false,
    } as const;
    await bench.slots.start(
      Promise.resolve({ ...app, capabilities: { pickFolder: true, sessionFiles: false } }),
    );
    await performById('file.open-folder', bench);
    expect(asked).toBe(1);
  });
});
