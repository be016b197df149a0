import { FuseV1Options, FuseVersion, type FuseV1Config } from '@electron/fuses';

/**
 * The switches inside Electron's binary, set when the app is packaged. All must be named, so that a new one is noticed.
 * https://www.electronjs.org/docs/latest/tutorial/fuses
 */
export const FUSES = {
  version: FuseVersion.V1,
  strictlyRequireAllFuses: true,
  /** The app's binary is no Node for other people's scripts. */
  [FuseV1Options.RunAsNode]: false,
  [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: false,
  [FuseV1Options.EnableNodeCliInspectArguments]: false,
  [FuseV1Options.EnableCookieEncryption]: true,
  /** The code is what was packaged. */
  [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: true,
  [FuseV1Options.OnlyLoadAppFromAsar]: true,
  /** No page has a `file:` address. */
  [FuseV1Options.GrantFileProtocolExtraPrivileges]: false,
  /** There is no snapshot of our own. */
  [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
  /** WebAssembly with the bounds checks of the hardware. */
  [FuseV1Options.WasmTrapHandlers]: true,
} as const satisfies FuseV1Config;
