/** A command in the native menu. The renderer sends the list; a click sends the id back. */
import * as v from 'valibot';

/** Electron's accelerators: modifiers and one key, such as `CmdOrCtrl+Shift+P`, `F11`, `CmdOrCtrl+,`. */
const ACCELERATOR =
  /^(?:(?:CmdOrCtrl|CommandOrControl|Cmd|Command|Ctrl|Control|Alt|Option|AltGr|Shift|Super|Meta)\+)*(?:[A-Z0-9]|F(?:[1-9]|1\d|2[0-4])|[!-/:-@[-`{-~]|Plus|Space|Tab|Backspace|Delete|Insert|Return|Enter|Up|Down|Left|Right|Home|End|PageUp|PageDown|Escape|Esc)$/;

const MenuItemSchema = v.object({
  id: v.pipe(v.string(), v.regex(/^[A-Za-z0-9._:-]{1,80}$/)),
  label: v.pipe(v.string(), v.minLength(1), v.maxLength(80)),
  /** Shown beside the label; the renderer itself listens for the keys. */
  accelerator: v.nullable(v.pipe(v.string(), v.maxLength(60), v.regex(ACCELERATOR))),
  /** Title of the menu that it stands in: `File`, `View`, … */
  menu: v.pipe(v.string(), v.minLength(1), v.maxLength(30)),
});
export type MenuItem = v.InferOutput<typeof MenuItemSchema>;

const MenuSchema = v.pipe(v.array(MenuItemSchema), v.maxLength(500));

/** The menu that a page sent; null when it is not one. */
export function parseMenu(sent: unknown): MenuItem[] | null {
  const result = v.safeParse(MenuSchema, sent);
  return result.success ? result.output : null;
}
