/** A stand-in for the electron module that records what the composition asks of it. */
import { EventEmitter } from 'node:events';
import { vi } from 'vitest';

type Listener = (...args: never[]) => unknown;

/** A page's contents: its listeners, and what was done to it. */
export class Contents extends EventEmitter {
  openHandler: ((details: { url: string }) => { action: string }) | null = null;
  readonly sent: unknown[][] = [];
  readonly reload = vi.fn();

  setWindowOpenHandler(handler: (details: { url: string }) => { action: string }): void {
    this.openHandler = handler;
  }

  send(...message: unknown[]): void {
    this.sent.push(message);
  }

  /** Emits an event that can be prevented; true when it was. */
  prevents(name: string, url: string): boolean {
    let prevented = false;
    this.emit(name, { url, preventDefault: () => (prevented = true) }, url);
    return prevented;
  }
}

export class Window extends EventEmitter {
  readonly webContents = new Contents();
  readonly show = vi.fn();
  readonly focus = vi.fn();
  readonly restore = vi.fn();
  readonly isMinimized = () => true;
  readonly loadURL = vi.fn((_url: string) => Promise.resolve());

  constructor(readonly options: Electron.BrowserWindowConstructorOptions) {
    super();
  }
}

/** Everything that the composition touches, new for each start. */
export class Electron {
  readonly windows: Window[] = [];
  readonly schemes: Electron.CustomScheme[] = [];
  readonly switches: (readonly [string, string | undefined])[] = [];
  readonly invoked = new Map<string, Listener>();
  readonly ipc = new Map<string, Listener>();
  readonly handlers = new Map<string, (request: Request) => Promise<Response>>();
  readonly outside: string[] = [];
  /** What was asked of its dialogs. */
  readonly dialogs: unknown[] = [];
  readonly session = new EventEmitter();
  menu: Electron.MenuItemConstructorOptions[] = [];
  permissionRequest: Listener = () => undefined;
  permissionCheck: Listener = () => undefined;
  devicePermission: Listener = () => undefined;
  beforeRequest: Listener = () => undefined;

  /** @param given the start: whether it is the first, and switches on its command line */
  constructor(
    readonly given: {
      first?: boolean;
      switches?: string[];
      picked?: string[];
      saved?: string;
      answer?: number;
    } = {},
  ) {}

  readonly app = Object.assign(new EventEmitter(), {
    isPackaged: false,
    enableSandbox: vi.fn(),
    disableDomainBlockingFor3DAPIs: vi.fn(),
    quit: vi.fn(),
    exit: vi.fn(),
    setPath: vi.fn(),
    requestSingleInstanceLock: vi.fn((_data: unknown) => this.given.first !== false),
    whenReady: () => Promise.resolve(),
    commandLine: {
      hasSwitch: (name: string) => this.given.switches?.includes(name) ?? false,
      appendSwitch: (name: string, value?: string) => void this.switches.push([name, value]),
    },
  });

  /** The module, for `vi.mock`. */
  get module() {
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- the class below is called with `new`
    const electron = this;
    return {
      app: this.app,
      BrowserWindow: class extends Window {
        constructor(options: Electron.BrowserWindowConstructorOptions) {
          super(options);
          electron.windows.push(this);
          electron.app.emit('web-contents-created', {}, this.webContents);
        }
      },
      dialog: {
        showOpenDialog: (...asked: unknown[]) => {
          this.dialogs.push(asked.at(-1));
          return Promise.resolve({ filePaths: this.given.picked ?? [] });
        },
        showSaveDialog: (...asked: unknown[]) => {
          this.dialogs.push(asked.at(-1));
          return Promise.resolve({ filePath: this.given.saved ?? '' });
        },
        showMessageBoxSync: () => this.given.answer ?? 0,
      },
      ipcMain: {
        handle: (name: string, listener: Listener) => void this.invoked.set(name, listener),
        on: (name: string, listener: Listener) => void this.ipc.set(name, listener),
      },
      Menu: {
        buildFromTemplate: (template: Electron.MenuItemConstructorOptions[]) => template,
        setApplicationMenu: (menu: Electron.MenuItemConstructorOptions[]) => (this.menu = menu),
      },
      protocol: {
        registerSchemesAsPrivileged: (schemes: Electron.CustomScheme[]) => void this.schemes.push(...schemes),
        handle: (scheme: string, handler: (request: Request) => Promise<Response>) =>
          void this.handlers.set(scheme, handler),
      },
      session: {
        defaultSession: Object.assign(this.session, {
          setPermissionRequestHandler: (handler: Listener) => (this.permissionRequest = handler),
          setPermissionCheckHandler: (handler: Listener) => (this.permissionCheck = handler),
          setDevicePermissionHandler: (handler: Listener) => (this.devicePermission = handler),
          webRequest: { onBeforeRequest: (handler: Listener) => (this.beforeRequest = handler) },
        }),
      },
      shell: {
        openExternal: (url: string) => {
          this.outside.push(url);
          return Promise.resolve();
        },
      },
    };
  }
}
