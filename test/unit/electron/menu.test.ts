import { expect, test, vi } from 'vitest';
import { menuTemplate } from '../../../src/main/electron/menu.ts';
import { parseMenu, type MenuItem } from '../../../src/main/electron/menu-item.ts';
import { nativeMenu } from '../../../src/renderer/ui/commands/registry.ts';

const item = (id: string, menu: string, accelerator: string | null = null): MenuItem => ({
  id,
  label: id.toUpperCase(),
  accelerator,
  menu,
});

const titles = (items: MenuItem[], platform: string) =>
  menuTemplate(items, platform, () => undefined).map((menu) => menu.label ?? menu.role);

test('menus stand in their usual order, the app’s own between', () => {
  const items = [item('help', 'Help'), item('split', 'Panes'), item('open', 'File')];
  expect(titles(items, 'linux')).toEqual(['File', 'Edit', 'View', 'Panes', 'Window', 'Help']);
  expect(titles(items, 'darwin')).toEqual(['appMenu', 'File', 'Edit', 'View', 'Panes', 'Window', 'Help']);
});

test('without commands there is what every app has, and no empty menu', () => {
  expect(titles([], 'linux')).toEqual(['File', 'Edit', 'View', 'Window']);
});

test('quitting is in File, except on macOS', () => {
  const roles = (platform: string) =>
    (
      menuTemplate([], platform, () => undefined).find((menu) => menu.label === 'File')?.submenu as {
        role: string;
      }[]
    ).map(({ role }) => role);
  expect(roles('linux')).toEqual(['quit']);
  expect(roles('darwin')).toEqual(['close']);
});

test('a command shows its keys, leaves them to the page, and answers a click', () => {
  const click = vi.fn();
  const template = menuTemplate([item('a', 'File', 'CmdOrCtrl+O'), item('b', 'File')], 'linux', click);
  const [first, second] = template[0]?.submenu as Electron.MenuItemConstructorOptions[];
  expect(first).toMatchObject({ label: 'A', accelerator: 'CmdOrCtrl+O', registerAccelerator: false });
  expect(second).not.toHaveProperty('accelerator');
  (first?.click as () => void)();
  expect(click.mock.calls).toEqual([['a']]);
});

test.each([
  'CmdOrCtrl+O',
  'F6',
  'Shift+F6',
  'Alt+Enter',
  'CmdOrCtrl+Shift+\\',
  'CmdOrCtrl+,',
  'Alt+W',
  'F24',
  'Plus',
])('the keys %s', (accelerator) => {
  expect(parseMenu([item('a', 'File', accelerator)])).not.toBeNull();
});

test.each(['', 'CmdOrCtrl+', 'Hyper+A', 'F25', 'CmdOrCtrl', 'AB', 'ctrl+a+b'])(
  'not the keys %j',
  (accelerator) => {
    expect(parseMenu([item('a', 'File', accelerator)])).toBeNull();
  },
);

test.each([
  ['no list', {}],
  ['a list of other things', [1]],
  ['an id with spaces', [item('a b', 'File')]],
  ['no label', [{ ...item('a', 'File'), label: '' }]],
  ['a long label', [{ ...item('a', 'File'), label: 'x'.repeat(81) }]],
  ['too many', Array.from({ length: 501 }, () => item('a', 'File'))],
])('%s is no menu', (_what, sent) => {
  expect(parseMenu(sent)).toBeNull();
});

test('only what was asked for is kept of an item', () => {
  expect(parseMenu([{ ...item('a', 'File'), role: 'quit', click: 'evil' }])).toEqual([item('a', 'File')]);
});

test('the commands of the app are a menu', () => {
  const sent = nativeMenu({
    fitting: [],
    assigned: new Map(),
    layout: { active: 'p1' },
    opened: { instance: () => null },
    view: () => null,
    documents: { history: { undoName: null, redoName: null } },
  } as unknown as Parameters<typeof nativeMenu>[0]);
  expect(sent.length).toBeGreaterThan(5);
  expect(parseMenu(sent)).toEqual(sent);
});
