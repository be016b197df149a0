import type { BrowserWindowConstructorOptions } from 'electron';

/**
 * The options of every window of the app.
 * @param preload path of the built preload, a `.cjs` file
 * @param show false for the window of `headgate capture`, which nobody sees
 */
export function windowOptions({ preload, show }: { preload: string | null; show: boolean }) {
  return {
    width: 1280,
    height: 800,
    minWidth: 800,
    minHeight: 560,
    title: 'Headgate',
    // Shown when the page has been drawn for the first time; until then in the dark theme's ground.
    show: false,
    backgroundColor: '#0f1113',
    autoHideMenuBar: false,
    webPreferences: {
      ...(preload === null ? {} : { preload }),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      // Chromium would fetch dictionaries from the network.
      spellcheck: false,
      // A hidden window computes as fast as a visible one.
      backgroundThrottling: show,
    },
  } satisfies BrowserWindowConstructorOptions;
}
