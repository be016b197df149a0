import type { MenuItemConstructorOptions } from 'electron';
import type { MenuItem } from './menu-item.ts';

/** Menus that stand first, in this order; the app's others follow in the order of its commands. */
const FIRST = ['File', 'Edit', 'View'];

/**
 * The native menu: the app's commands by menu, and what every desktop app has (the app's menu on macOS, editing of text,
 * the window, quitting).
 * @param click called with the id of the command that was chosen
 */
export function menuTemplate(
  items: readonly MenuItem[],
  platform: string,
  click: (id: string) => void,
): MenuItemConstructorOptions[] {
  const titles = [
    ...new Set([...FIRST, ...items.map((item) => item.menu).filter((title) => !LAST.includes(title))]),
  ];
  const mac = platform === 'darwin';
  const menus = [...titles, ...LAST].map((title) => {
    const own = items.filter((item) => item.menu === title).map((item) => command(item, click));
    const usual = usualItems(title, mac);
    const between = own.length > 0 && usual.length > 0 ? [{ type: 'separator' as const }] : [];
    const submenu = title === 'Edit' ? [...usual, ...between, ...own] : [...own, ...between, ...usual];
    return { label: title, submenu };
  });
  return [...(mac ? [{ role: 'appMenu' as const }] : []), ...menus.filter((menu) => menu.submenu.length > 0)];
}

const LAST = ['Window', 'Help'];

function command(item: MenuItem, click: (id: string) => void): MenuItemConstructorOptions {
  return {
    id: item.id,
    label: item.label,
    ...(item.accelerator === null ? {} : { accelerator: item.accelerator, registerAccelerator: false }),
    click: () => click(item.id),
  };
}

/** What the operating system's users expect in a menu of this title. */
function usualItems(title: string, mac: boolean): MenuItemConstructorOptions[] {
  switch (title) {
    case 'File':
      return [{ role: mac ? 'close' : 'quit' }];
    case 'Edit':
      return [
        { role: 'undo' },
        { role: 'redo' },
        { type: 'separator' },
        { role: 'cut' },
        { role: 'copy' },
        { role: 'paste' },
        { role: 'selectAll' },
      ];
    case 'View':
      return [
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { type: 'separator' },
        { role: 'togglefullscreen' },
        { role: 'toggleDevTools' },
      ];
    case 'Window':
      return [{ role: 'minimize' }, { role: mac ? 'zoom' : 'close' }];
    default:
      return [];
  }
}
