/** What the preload gives to the page in Electron, as `window.headgate`. The page imports the types only. */
import type { MenuItem } from './menu-item.ts';

export interface Bridge {
  /**
   * Opens a file or folder that was dropped on the window, by its path.
   * Resolves with the model's id; with null when it has no path or is no model: then POST /api/drops says what is wrong.
   */
  openDropped(file: File): Promise<string | null>;
  /** Calls back with the id of each command that is chosen in the native menu. Returns a function that ends this. */
  onCommand(callback: (id: string) => void): () => void;
  /** Replaces the native menu's commands. */
  setMenu(items: readonly MenuItem[]): void;
}

declare global {
  interface Window {
    /** Only there in Electron. */
    readonly headgate?: Bridge;
  }
}

/** The names of the messages between the preload and the main process. */
export const CHANNELS = { grant: 'grant', command: 'command', menu: 'menu' } as const;
