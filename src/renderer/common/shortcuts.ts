/** Shortcuts: read from their notation, matched against key events, and written as people know them. */

interface Shortcut {
  readonly mod: boolean;
  readonly alt: boolean;
  readonly shift: boolean;
  /** KeyboardEvent.key, in lower case. */
  readonly key: string;
}

/** True where the Mod key is Cmd. */
const isMac = typeof navigator !== 'undefined' && /mac|iphone|ipad/i.test(navigator.userAgent);

/** @throws Error for notation that is none; a test reads every command's. */
export function parseShortcut(notation: string): Shortcut {
  const [, before = '', key = ''] = /^((?:\w+\+)*)(\+|[^+]+)$/.exec(notation) ?? [];
  const parts = before.split('+').filter((part) => part !== '');
  const unknown = parts.find((part) => !['Mod', 'Alt', 'Shift'].includes(part));
  if (key === '' || unknown !== undefined) throw new Error(`“${notation}” is no shortcut.`);
  return {
    mod: parts.includes('Mod'),
    alt: parts.includes('Alt'),
    shift: parts.includes('Shift'),
    key: key === 'Space' ? ' ' : key.toLowerCase(),
  };
}

type Keys = Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>;

/** Whether a key event is this shortcut. */
export function matches(notation: string, event: Keys, mac = isMac): boolean {
  const wanted = parseShortcut(notation);
  const mod = mac ? event.metaKey : event.ctrlKey;
  const foreign = mac ? event.ctrlKey : event.metaKey;
  if (mod !== wanted.mod || foreign || event.altKey !== wanted.alt) return false;
  const isSign = !wanted.mod && !wanted.alt && wanted.key.length === 1 && !/[a-z0-9]/.test(wanted.key);
  // A sign such as `?` needs Shift on one keyboard and not on the other.
  if (!isSign && event.shiftKey !== wanted.shift) return false;
  if (event.key.toLowerCase() === wanted.key) return true;
  // On many keyboards the plus stands above the equals sign.
  if (wanted.key === '+' && event.key === '=') return true;
  // With modifiers, a key may give another character, or one of another alphabet: then its place counts.
  return (wanted.mod || wanted.alt) && !/^[a-z]$/i.test(event.key) && event.code === codeOf(wanted.key);
}

function codeOf(key: string): string {
  if (key === '\\') return 'Backslash';
  return /^[0-9]$/.test(key) ? `Digit${key}` : `Key${key.toUpperCase()}`;
}

/** True for a shortcut that is a plain key, which the system's menus might take for their own. */
export function isPlain(notation: string): boolean {
  const { mod, alt, key } = parseShortcut(notation);
  return !mod && !alt && !/^f\d+$/.test(key);
}

/** True for a shortcut that belongs to the text while one types: a plain key, or undo and redo. */
export function isOfText(notation: string): boolean {
  const { mod, alt, key } = parseShortcut(notation);
  return isPlain(notation) || (mod && !alt && key === 'z');
}

const NAMES: Readonly<Record<string, string>> = {
  arrowleft: '←',
  arrowright: '→',
  arrowup: '↑',
  arrowdown: '↓',
  escape: 'Esc',
  enter: 'Enter',
  ' ': 'Space',
};

/** The keys of a shortcut as they are printed on keyboards: `['Ctrl', 'K']`, on macOS `['⌘', 'K']`. */
export function keyNames(notation: string, mac = isMac): readonly string[] {
  const { mod, alt, shift, key } = parseShortcut(notation);
  const name = NAMES[key] ?? key.toUpperCase();
  return [
    ...(mod ? [mac ? '⌘' : 'Ctrl'] : []),
    ...(alt ? [mac ? '⌥' : 'Alt'] : []),
    ...(shift ? [mac ? '⇧' : 'Shift'] : []),
    name,
  ];
}

const ACCELERATORS: Readonly<Record<string, string>> = {
  pageup: 'PageUp',
  pagedown: 'PageDown',
  arrowleft: 'Left',
  arrowright: 'Right',
  arrowup: 'Up',
  arrowdown: 'Down',
  ' ': 'Space',
};

/** The shortcut as Electron's menus write it. */
export function accelerator(notation: string): string {
  const { mod, alt, shift, key } = parseShortcut(notation);
  const name =
    ACCELERATORS[key] ?? (key.length === 1 ? key.toUpperCase() : key[0]?.toUpperCase() + key.slice(1));
  return [...(mod ? ['CmdOrCtrl'] : []), ...(alt ? ['Alt'] : []), ...(shift ? ['Shift'] : []), name].join(
    '+',
  );
}
