/** Escapes of Oniguruma that the library does not translate, and other spellings of properties. */
import { quote } from '../error.ts';

/** Signs for any character, and for lines' ends. */
const ESCAPES: Readonly<Record<string, string>> = {
  '\\O': String.raw`[\s\S]`,
  '\\N': String.raw`[^\n]`,
  '\\R': String.raw`(?:\r\n|[\n\x0b\f\r\u0085\u2028\u2029])`,
};
/** Also known in brackets: `[[:alnum:]]`. */
const POSIX = new Set('alnum alpha blank cntrl digit lower space upper xdigit'.split(' '));
const CATEGORIES = new Map(
  [
    ...['Cased_Letter', 'Close_Punctuation', 'Connector_Punctuation', 'Control', 'Currency_Symbol'],
    ...['Dash_Punctuation', 'Decimal_Number', 'Enclosing_Mark', 'Final_Punctuation', 'Format'],
    ...['Initial_Punctuation', 'Letter', 'Letter_Number', 'Line_Separator', 'Lowercase_Letter', 'Mark'],
    ...['Math_Symbol', 'Modifier_Letter', 'Modifier_Symbol', 'Nonspacing_Mark', 'Number', 'Open_Punctuation'],
    ...['Other', 'Other_Letter', 'Other_Number', 'Other_Punctuation', 'Other_Symbol'],
    ...['Paragraph_Separator', 'Private_Use', 'Punctuation', 'Separator', 'Space_Separator', 'Spacing_Mark'],
    ...['Surrogate', 'Symbol', 'Titlecase_Letter', 'Unassigned', 'Uppercase_Letter'],
  ].map((name) => [squeezed(name), name]),
);

/**
 * @param isInSet it stands between [ and ]
 * @throws Error for a property that Oniguruma does not know, and for the place where a search began
 */
export function escapeIn(text: string, isInSet: boolean): string {
  if (text === '\\G') throw new Error('JavaScript has no sign for the place where a search began (\\G)');
  const octal = /^\\(?:o\{([0-7]+)\}|([0-7]{1,3}))$/.exec(text);
  const digits = octal?.[1] ?? octal?.[2];
  if (digits !== undefined) return `\\x{${Number.parseInt(digits, 8).toString(16)}}`;
  const property = /^\\([pP])(?:\{(\^?)([^}]*)\})?$/.exec(text);
  if (property === null) return ESCAPES[text] ?? text;
  const [, kind = '', not, name] = property;
  if (name === undefined) return kind;
  const isNegated = (kind === 'P') !== (not === '^');
  const known = squeezed(name);
  if (known === 'ascii') return `\\${isNegated ? 'P' : 'p'}{ASCII}`;
  if (known === 'punct') return `\\${isNegated ? 'P' : 'p'}{P}`;
  if (POSIX.has(known)) {
    const set = `[:${isNegated ? '^' : ''}${known}:]`;
    return isInSet ? set : `[${set}]`;
  }
  return `\\${isNegated ? 'P' : 'p'}{${propertyOf(name)}}`;
}

/** Oniguruma knows no “Script=Greek”, and no difference between “han” and “Han”, “Other Letter” and “other_letter”. */
function propertyOf(name: string): string {
  if (name.includes('=')) throw new Error(`the property ${quote(name)} is unknown`);
  const category = CATEGORIES.get(squeezed(name));
  if (category !== undefined) return category;
  if (name === '' || /^[A-Z]/.test(name)) return name;
  return name.slice(0, 1).toUpperCase() + name.slice(1).toLowerCase();
}

function squeezed(name: string): string {
  return name.toLowerCase().replace(/[ _-]/g, '');
}
