/** Rows of numbers with tabs between them, as bytes. */
import { quote } from '../../error.ts';

export const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;
const [TAB, SPACE, RETURN, POINT] = [9, 32, 13, 0x2e];

interface Fault {
  readonly rule: 'row' | 'number';
  /** “row 7 has …” goes on with it. */
  readonly what: string;
}

/** What keeps a line from being so many numbers; null: nothing. */
export function faultOf(line: Uint8Array, width: number): Fault | null {
  if (numbersIn(line) === width) return null;
  const fields = new TextDecoder().decode(line).split('\t');
  if (fields.length !== width)
    return {
      rule: 'row',
      what: `${fields.length} ${fields.length === 1 ? 'number' : 'numbers'}; the first has ${width}`,
    };
  const wrong = fields.find((field) => !NUMBER.test(field.trim()));
  return wrong === undefined
    ? null
    : { rule: 'number', what: `${quote(wrong.replace(/\r$/, ''))} for a number` };
}

/** How many numbers a line is made of; −1 for one that has something else. */
function numbersIn(line: Uint8Array): number {
  let at = 0;
  const skip = (is: (byte: number) => boolean) => {
    const start = at;
    while (at < line.length && is(line[at] ?? 0)) at++;
    return at - start;
  };
  for (let count = 1; ; count++) {
    skip(isSpace);
    if (isSign(line[at])) at++;
    let digits = skip(isDigit);
    if (line[at] === POINT) {
      at++;
      digits += skip(isDigit);
    }
    if (digits === 0) return -1;
    if (line[at] === 0x65 || line[at] === 0x45) {
      at++;
      if (isSign(line[at])) at++;
      if (skip(isDigit) === 0) return -1;
    }
    skip(isSpace);
    if (at === line.length) return count;
    if (line[at++] !== TAB) return -1;
  }
}

const isDigit = (byte: number) => byte >= 0x30 && byte <= 0x39;
const isSpace = (byte: number) => byte === SPACE || byte === RETURN;
const isSign = (byte: number | undefined) => byte === 0x2b || byte === 0x2d;

export function isBlank(line: Uint8Array): boolean {
  return line.every((byte) => isSpace(byte) || byte === TAB);
}

/** The bytes of a column; none where the line has fewer. */
export function fieldOf(line: Uint8Array, column: number): Uint8Array {
  let begin = 0;
  for (let k = 0; k < column; k++) {
    const tab = line.indexOf(TAB, begin);
    if (tab === -1) return new Uint8Array();
    begin = tab + 1;
  }
  const end = line.indexOf(TAB, begin);
  return line.subarray(begin, end === -1 ? line.length : end);
}
