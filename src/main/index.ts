/** Electron's composition: which of Electron's events meets which rule. What the rules say is in electron/. */
import { app, BrowserWindow, dialog, ipcMain, Menu, protocol, session, shell } from 'electron';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { toApiError } from './api/errors.ts';
import { errorLine } from './cli/error-line.ts';
import { CHANNELS } from './electron/bridge.ts';
import { developmentPages, developmentServer } from './electron/development.ts';
import { menuTemplate } from './electron/menu.ts';
import { parseMenu, type MenuItem } from './electron/menu-item.ts';
import { openGranted } from './electron/open-granted.ts';
import { schemeHandler } from './electron/protocol.ts';
import { rulesOf, type Rules } from './electron/rules.ts';
import { APP_SCHEME, START_URL } from './electron/scheme.ts';
import { isTrustedSender } from './electron/sender.ts';
import { hiddenAddress, parseStart, WINDOW_OPEN, type Start } from './electron/start.ts';
import { gpuSwitches } from './electron/switches.ts';
import { windowOptions } from './electron/window-options.ts';
import { createHost, type Host } from './host.ts';
import { cacheFolder } from './launch/folders.mjs';

/** What the dialogs for sessions list. */
const SESSION_FILTERS = [{ name: 'Headgate sessions', extensions: ['headgate'] }];

const start = parseStart(process.argv, app.isPackaged);
const devServer = developmentServer(process.env, app.isPackaged);

protocol.registerSchemesAsPrivileged([APP_SCHEME]);
for (const [name, value] of gpuSwitches()) app.commandLine.appendSwitch(name, value);
// After a lost GPU the page may compute again, however often.
app.disableDomainBlockingFor3DAPIs();
// The launcher turns it off for root, to whom Chromium refuses it.
if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox();
app.on('window-all-closed', () => app.quit());
// The launcher is gone: so is this.
process.on('disconnect', () => app.quit());

const rules = rulesOf({ hidden: start.hidden, devServer });
guardPages(rules);
if (start.hidden !== null) runHidden(start.hidden);
else runApp();

/** The app itself, in one window; a second start hands its model to the first. */
function runApp(): void {
  // Not where the settings are: Chromium keeps dozens of files there.
  const userData = join(cacheFolder(), 'electron');
  mkdirSync(userData, { recursive: true });
  app.setPath('userData', userData);
  if (!app.requestSingleInstanceLock(start)) {
    app.quit();
    return;
  }
  let host: Promise<Host> | null = null;
  let window: BrowserWindow | null = null;
  const open = ({ model, beside = [], session, fresh = false }: Omit<Start, 'hidden'>) => {
    host = createHost({
      host: 'electron',
      model,
      beside,
      session: session ?? null,
      ...(fresh ? { restores: false } : {}),
      pickFolder,
      sessionDialogs,
      servesRenderer: devServer === null,
    });
    host.catch(fail);
    void window?.loadURL(START_URL);
    window?.show();
  };

  app.on('second-instance', (_event, _argv, _folder, data) => {
    const again = data as Start;
    if (window?.isMinimized()) window.restore();
    window?.focus();
    if (again.model !== null || again.session !== undefined) open(again);
  });
  ipcMain.handle(CHANNELS.grant, async (event, path: unknown) =>
    isTrustedSender(event.senderFrame) && host !== null ? openGranted((await host).library, path) : null,
  );
  ipcMain.on(CHANNELS.menu, (event, sent: unknown) => {
    const items = isTrustedSender(event.senderFrame) ? parseMenu(sent) : null;
    if (items !== null) showMenu(items);
  });
  const showMenu = (items: readonly MenuItem[]) => {
    const click = (id: string) => window?.webContents.send(CHANNELS.command, id);
    Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(items, process.platform, click)));
  };
  const pickFolder = async () => {
    const options: Electron.OpenDialogOptions = { title: 'Open a model', properties: ['openDirectory'] };
    return openDialog(options);
  };
  const openDialog = async (options: Electron.OpenDialogOptions) => {
    const { filePaths } = await (window === null
      ? dialog.showOpenDialog(options)
      : dialog.showOpenDialog(window, options));
    return filePaths[0] ?? null;
  };
  const sessionDialogs = {
    open: () => openDialog({ title: 'Open a session', filters: SESSION_FILTERS, properties: ['openFile'] }),
    async save(name: string) {
      const options: Electron.SaveDialogOptions = {
        ...{ title: 'Save the session', filters: SESSION_FILTERS },
        ...{ defaultPath: `${name}.headgate`, properties: ['showOverwriteConfirmation'] },
      };
      const { filePath } = await (window === null
        ? dialog.showSaveDialog(options)
        : dialog.showSaveDialog(window, options));
      return filePath === '' ? null : filePath;
    },
  };

  app
    .whenReady()
    .then(() => {
      guardSession(rules);
      open(start);
      const pages = devServer === null ? null : developmentPages(devServer);
      protocol.handle(APP_SCHEME.scheme, async (request) => {
        if (host === null) throw new Error('a request came before the host was there');
        return schemeHandler((await host).api, pages)(request);
      });
      showMenu([]);
      const preload = join(import.meta.dirname, '..', 'preload', 'preload.cjs');
      window = showWindow(new BrowserWindow(windowOptions({ preload, show: true })), START_URL);
    })
    .catch(fail);
}

/**
 * The page of a loopback host, unseen, for `headgate capture`.
 * @param waiting an address of the host; the one to open comes over the launcher's channel
 */
function runHidden(waiting: string): void {
  app
    .whenReady()
    .then(async () => {
      guardSession(rules);
      const window = new BrowserWindow(windowOptions({ preload: null, show: false }));
      window.webContents.on('render-process-gone', () => app.exit(1));
      const address = once(process, 'message');
      process.send?.(WINDOW_OPEN);
      await window.loadURL(hiddenAddress((await address)[0], waiting));
    })
    .catch(fail);
}

/** Shows the window when its page is drawn, and asks what to do when the page dies. */
function showWindow(window: BrowserWindow, address: string): BrowserWindow {
  window.once('ready-to-show', () => {
    window.show();
    process.send?.(WINDOW_OPEN);
  });
  window.webContents.on('render-process-gone', (_event, { reason }) => {
    const answer = dialog.showMessageBoxSync(window, {
      type: 'error',
      message: 'Headgate’s page has ended.',
      detail: `Reason: ${reason}.`,
      buttons: ['Load it again', 'Quit'],
    });
    if (answer === 0) window.webContents.reload();
    else app.quit();
  });
  void window.loadURL(address);
  return window;
}

/** What pages may open and where they may go. */
function guardPages(rules: Rules): void {
  app.on('web-contents-created', (_event, contents) => {
    const stay = (event: { url: string; preventDefault(): void }) => {
      if (!rules.navigates(event.url)) event.preventDefault();
    };
    contents.on('will-navigate', stay);
    contents.on('will-frame-navigate', stay);
    contents.on('will-attach-webview', (event) => event.preventDefault());
    contents.setWindowOpenHandler(({ url }) => {
      if (rules.opensOutside(url)) void shell.openExternal(url);
      return { action: 'deny' };
    });
  });
}

/** What pages may ask of the machine and of the network. */
function guardSession(rules: Rules): void {
  const pages = session.defaultSession;
  pages.setPermissionRequestHandler((_contents, permission, answer, { requestingUrl }) =>
    answer(rules.grants(permission, requestingUrl)),
  );
  pages.setPermissionCheckHandler((_contents, permission, origin) => rules.grants(permission, origin));
  pages.setDevicePermissionHandler(() => false);
  pages.webRequest.onBeforeRequest(({ url }, answer) => answer({ cancel: !rules.requests(url) }));
  pages.on('will-download', (event, item) => {
    if (!rules.downloads(item.getURL())) event.preventDefault();
  });
}

/** Nothing works without the host or the window. */
function fail(error: unknown): void {
  process.stderr.write(`${errorLine(toApiError(error))}\n`);
  app.exit(1);
}
