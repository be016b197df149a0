/** The preload: three named functions for the page (see electron/bridge.ts), and nothing else. */
import { contextBridge, ipcRenderer, webUtils } from 'electron';
import { CHANNELS, type Bridge } from './electron/bridge.ts';

const bridge: Bridge = {
  async openDropped(file) {
    const path = webUtils.getPathForFile(file);
    return path === '' ? null : ((await ipcRenderer.invoke(CHANNELS.grant, path)) as string | null);
  },
  onCommand(callback) {
    // The page gets the id alone: the event would hand it ipcRenderer.
    const listener = (_event: unknown, id: string) => callback(id);
    ipcRenderer.on(CHANNELS.command, listener);
    return () => void ipcRenderer.off(CHANNELS.command, listener);
  },
  setMenu(items) {
    ipcRenderer.send(CHANNELS.menu, items);
  },
};

contextBridge.exposeInMainWorld('headgate', bridge);
