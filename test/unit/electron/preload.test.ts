import { beforeEach, expect, test, vi } from 'vitest';
import type { Bridge } from '../../../src/main/electron/bridge.ts';

const listeners = new Map<string, (event: unknown, id: string) => void>();
const exposed = new Map<string, unknown>();
const invoke = vi.fn((_channel: string, _path: string) => Promise.resolve('model-id'));
const send = vi.fn();
const getPathForFile = vi.fn((_file: File) => '/models/gpt2');

vi.mock('electron', () => ({
  contextBridge: { exposeInMainWorld: (name: string, value: unknown) => exposed.set(name, value) },
  ipcRenderer: {
    invoke: (channel: string, path: string) => invoke(channel, path),
    send: (...message: unknown[]) => send(...message),
    on: (channel: string, listener: (event: unknown, id: string) => void) => listeners.set(channel, listener),
    off: (channel: string, listener: unknown) =>
      listeners.get(channel) === listener && listeners.delete(channel),
  },
  webUtils: { getPathForFile: (file: File) => getPathForFile(file) },
}));

let bridge: Bridge;
beforeEach(async () => {
  await import('../../../src/main/preload.ts');
  bridge = exposed.get('headgate') as Bridge;
});

test('the page gets three named functions and nothing else', () => {
  expect([...exposed.keys()]).toEqual(['headgate']);
  expect(Object.keys(bridge)).toEqual(['openDropped', 'onCommand', 'setMenu']);
  expect(Object.values(bridge).every((value) => typeof value === 'function')).toBe(true);
});

test('a dropped file is opened by its path', async () => {
  expect(await bridge.openDropped(new File([], 'gpt2'))).toBe('model-id');
  expect(invoke).toHaveBeenCalledWith('grant', '/models/gpt2');
});

test('a file that a script made has no path, and nothing is asked', async () => {
  getPathForFile.mockReturnValueOnce('');
  invoke.mockClear();
  expect(await bridge.openDropped(new File([], 'made'))).toBeNull();
  expect(invoke).not.toHaveBeenCalled();
});

test('commands come without the event, until the listener ends', () => {
  const callback = vi.fn();
  const end = bridge.onCommand(callback);
  listeners.get('command')?.({ sender: 'ipcRenderer' }, 'pane.close');
  expect(callback.mock.calls).toEqual([['pane.close']]);
  end();
  expect(listeners.size).toBe(0);
});

test('the menu is sent as it is', () => {
  const items = [{ id: 'a', label: 'A', accelerator: null, menu: 'File' }];
  bridge.setMenu(items);
  expect(send).toHaveBeenCalledWith('menu', items);
});
