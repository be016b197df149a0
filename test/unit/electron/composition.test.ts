import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { onDisconnect, startApp, windowOf } from './start-app.ts';

const page = { senderFrame: { url: 'app://headgate/', parent: null } };

test('a window appears when its page is drawn, and the launcher hears of it', async () => {
  const electron = await startApp();
  const window = await windowOf(electron);
  expect(window.options.show).toBe(false);
  expect(window.show).not.toHaveBeenCalled();
  window.emit('ready-to-show');
  expect(window.show).toHaveBeenCalledTimes(1);
});

test('closing the window ends the app', async () => {
  const electron = await startApp();
  electron.app.emit('window-all-closed');
  expect(electron.app.quit).toHaveBeenCalledTimes(1);
});

test('Chromium’s own data lies apart from the settings', async () => {
  const electron = await startApp();
  const cache = process.env['HEADGATE_CACHE_DIR'] ?? '';
  expect(electron.app.setPath.mock.calls).toEqual([['userData', join(cache, 'electron')]]);
  expect(existsSync(join(cache, 'electron'))).toBe(true);
});

test('the page, its files and the interface come from one handler', async () => {
  const electron = await startApp();
  await windowOf(electron);
  const state = await electron.handlers.get('app')?.(new Request('app://headgate/api/state'));
  expect(await state?.json()).toMatchObject({
    host: 'electron',
    capabilities: { pickFolder: true, sessionFiles: true },
    job: false,
  });
});

test('a model on the command line is opened first; one that is none is told in the app', async () => {
  const electron = await startApp({}, ['--headgate-model=/nowhere/model']);
  await windowOf(electron);
  const state = await electron.handlers.get('app')?.(new Request('app://headgate/api/state'));
  expect(await state?.json()).toMatchObject({ startModel: null, startError: { code: 'not-found' } });
});

test('the folder dialog gives the path that was picked', async () => {
  const electron = await startApp({ picked: ['/nowhere/picked'] });
  await windowOf(electron);
  const request = new Request('app://headgate/api/models/pick', { method: 'POST' });
  const reply = await electron.handlers.get('app')?.(request);
  expect(await reply?.json()).toMatchObject({
    code: 'not-found',
    message: expect.stringContaining('picked') as string,
  });
});

test('a session is opened and saved by the native dialogs, in the file that was picked', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'headgate-sessions-'));
  const [from, to] = [join(folder, 'talk.headgate'), join(folder, 'next')];
  writeFileSync(from, '{"version": 1}');
  const electron = await startApp({ picked: [from], saved: to });
  await windowOf(electron);
  const call = async (method: string, path: string, body?: string) =>
    (await electron.handlers.get('app')?.(
      new Request(`app://headgate/api/session-files${path}`, {
        method,
        ...(body === undefined ? {} : { body }),
      }),
    )) as Response;
  const opened = (await (await call('POST', '/open')).json()) as { id: string };
  expect(opened).toMatchObject({ name: 'talk.headgate', text: '{"version": 1}' });
  expect(JSON.stringify(opened)).not.toContain(folder);
  expect((await call('PUT', `/${opened.id}`, 'again')).status).toBe(204);
  expect(readFileSync(from, 'utf8')).toBe('again');
  // Electron's dialog adds no ending on every system.
  expect(await (await call('POST', '?name=next', 'saved')).json()).toMatchObject({ name: 'next.headgate' });
  expect(readFileSync(`${to}.headgate`, 'utf8')).toBe('saved');
  expect(electron.dialogs).toMatchObject([
    { filters: [{ extensions: ['headgate'] }] },
    { defaultPath: 'next.headgate' },
  ]);
  expect((await call('PUT', '/abc', 'x')).status).toBe(404);
  rmSync(folder, { recursive: true });
});

test('dialogs that are closed open and save nothing', async () => {
  const electron = await startApp();
  await windowOf(electron);
  for (const path of ['/open', '?name=a']) {
    const request = new Request(`app://headgate/api/session-files${path}`, { method: 'POST', body: 'x' });
    expect(await (await electron.handlers.get('app')?.(request))?.json()).toBeNull();
  }
});

test('the page’s commands become the menu, and clicks go back to it', async () => {
  const electron = await startApp();
  const window = await windowOf(electron);
  const items = [{ id: 'file.open-folder', label: 'Open folder…', accelerator: 'CmdOrCtrl+O', menu: 'File' }];
  electron.ipc.get('menu')?.(...([page, items] as never[]));
  const file = electron.menu.find((menu) => menu.label === 'File')
    ?.submenu as Electron.MenuItemConstructorOptions[];
  const [item] = file;
  expect(item?.label).toBe('Open folder…');
  (item?.click as () => void)();
  expect(window.webContents.sent).toEqual([['command', 'file.open-folder']]);
});

test('what is no menu changes nothing', async () => {
  const electron = await startApp();
  await windowOf(electron);
  const menu = electron.menu;
  for (const sent of [null, 'File', [{ id: 'a b', label: '', accelerator: 'X+', menu: '' }]])
    electron.ipc.get('menu')?.(...([page, sent] as never[]));
  expect(electron.menu).toBe(menu);
});

test('a second start hands its model over and ends', async () => {
  const second = await startApp({ first: false }, ['--headgate-model=/models/gpt2']);
  expect(second.app.requestSingleInstanceLock).toHaveBeenCalledWith({ model: '/models/gpt2', hidden: null });
  expect(second.app.quit).toHaveBeenCalledTimes(1);
  expect(second.windows).toEqual([]);
});

test('the first start opens the model of a second one in its window', async () => {
  const electron = await startApp();
  const window = await windowOf(electron);
  electron.app.emit('second-instance', {}, [], '/', { model: '/nowhere/second' });
  expect(window.restore).toHaveBeenCalledTimes(1);
  expect(window.focus).toHaveBeenCalledTimes(1);
  expect(window.loadURL.mock.calls.at(-1)).toEqual(['app://headgate/']);
  const state = await electron.handlers.get('app')?.(new Request('app://headgate/api/state'));
  expect(await state?.json()).toMatchObject({
    startError: { message: expect.stringContaining('second') as string },
  });
});

test('a second start without a model only shows the window', async () => {
  const electron = await startApp();
  const window = await windowOf(electron);
  electron.app.emit('second-instance', {}, [], '/', { model: null });
  expect(window.focus).toHaveBeenCalledTimes(1);
  expect(window.loadURL).toHaveBeenCalledTimes(1);
});

test.each([
  [0, 1, 0],
  [1, 0, 1],
])('a page that died is loaded again or the app quits (answer %i)', async (answer, reloads, quits) => {
  const electron = await startApp({ answer });
  const window = await windowOf(electron);
  window.webContents.emit('render-process-gone', {}, { reason: 'oom' });
  expect(window.webContents.reload).toHaveBeenCalledTimes(reloads);
  expect(electron.app.quit).toHaveBeenCalledTimes(quits);
});

test('for a capture, the loopback page runs in a window that is not shown and has no bridge', async () => {
  const electron = await startApp({}, ['--headgate-hidden=http://127.0.0.1:4000/start']);
  await vi.waitFor(() => expect(electron.windows).toHaveLength(1), { timeout: 20_000 });
  // The launcher's answer to "the window is there": the address with the secret.
  const address = 'http://127.0.0.1:4000/?token=t';
  process.emit('message', address, undefined);
  const window = await windowOf(electron);
  expect(window.loadURL.mock.calls).toEqual([['http://127.0.0.1:4000/?token=t']]);
  expect(window.options).toMatchObject({
    show: false,
    webPreferences: { backgroundThrottling: false, sandbox: true },
  });
  expect(window.options.webPreferences).not.toHaveProperty('preload');
  expect(electron.handlers.size + electron.ipc.size + electron.invoked.size).toBe(0);
  expect(electron.app.requestSingleInstanceLock).not.toHaveBeenCalled();
  expect(window.webContents.prevents('will-navigate', 'http://127.0.0.1:4000/')).toBe(true);
  window.webContents.emit('render-process-gone', {}, { reason: 'crashed' });
  expect(electron.app.exit).toHaveBeenCalledWith(1);
});

test('where the launcher turned the sandbox off for root, it is not asked for', async () => {
  const electron = await startApp({ switches: ['no-sandbox'] });
  expect(electron.app.disableDomainBlockingFor3DAPIs).toHaveBeenCalled();
  expect(electron.app.enableSandbox).not.toHaveBeenCalled();
});

test('the app ends with its launcher', async () => {
  const electron = await startApp();
  await windowOf(electron);
  for (const listener of onDisconnect()) listener();
  expect(electron.app.quit).toHaveBeenCalledTimes(1);
});

test('an export of the page may be saved, an address of the web may not', async () => {
  const electron = await startApp();
  await windowOf(electron);
  const prevented = vi.fn();
  const save = (url: string) =>
    electron.session.emit('will-download', { preventDefault: prevented }, { getURL: () => url });
  save('blob:app://headgate/0a1b');
  expect(prevented).not.toHaveBeenCalled();
  save('https://example.com/file');
  expect(prevented).toHaveBeenCalledTimes(1);
});
