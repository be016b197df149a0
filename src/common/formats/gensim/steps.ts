/** The instructions of a binary pickle (protocols 2 to 5), one after another, without what they make. */
import { HeadgateError, quote } from '../../error.ts';
import { SAVE } from './save.ts';

export interface Step {
  readonly op: string;
  /** Where it stands. */
  readonly at: number;
  /** Of a text: where its UTF-8 begins and ends. */
  readonly text: readonly [number, number] | null;
  /** True for what keeps the value on top, and for frames: they change no value. */
  readonly isMemo: boolean;
  /** The number that a value is kept under; null: the next one. */
  readonly put: number | null;
  /** The number of the value that is taken. */
  readonly get: number | null;
}

/** Instructions that are read; three million words in a list and in a table take twelve million. */
const MOST_STEPS = 30_000_000;

/** Bytes behind an instruction. */
const FIXED: ReadonlyMap<string, number> = new Map([
  ...[...'(.012NQR)]}abdelostu'].map((op): [string, number] => [op, 0]),
  ...['\x81', '\x85', '\x86', '\x87', '\x88', '\x89', '\x8f', '\x90', '\x91', '\x92', '\x93'].map(
    (op): [string, number] => [op, 0],
  ),
  ...(['K', 'h', 'q', '\x80', '\x82'] as const).map((op): [string, number] => [op, 1]),
  ...(['M', '\x83'] as const).map((op): [string, number] => [op, 2]),
  ...(['J', 'j', 'r', '\x84'] as const).map((op): [string, number] => [op, 4]),
  ...(['G', '\x95'] as const).map((op): [string, number] => [op, 8]),
  ['\x94', 0],
]);
/** Instructions with lines behind them. */
const LINES: ReadonlyMap<string, number> = new Map([
  ...[...'FILSVPpg'].map((op): [string, number] => [op, 1]),
  ['c', 2],
  ['i', 2],
]);
/** Bytes of the length of what follows; true for texts. */
const LONG: ReadonlyMap<string, readonly [number, boolean]> = new Map([
  ['X', [4, true]],
  ['\x8c', [1, true]],
  ['\x8d', [8, true]],
  ['T', [4, false]],
  ['U', [1, false]],
  ['B', [4, false]],
  ['C', [1, false]],
  ['\x8e', [8, false]],
  ['\x96', [8, false]],
  ['\x8a', [1, false]],
  ['\x8b', [4, false]],
]);
const MEMO: ReadonlySet<string> = new Set(['q', 'r', 'p', '\x94', '\x95']);
const CHARACTERS = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code));

export function bad(file: string, rule: string, what: string, at: number): HeadgateError {
  const hint = rule === 'truncated' ? 'The file is not complete: copy or download it again.' : SAVE;
  return new HeadgateError(`pickle-${rule}`, `${quote(file)}: its pickle ${what} (at byte ${at}).`, hint);
}

export class Steps {
  at = 0;
  private count = 0;
  private readonly view: DataView;

  constructor(
    private readonly file: string,
    private readonly bytes: Uint8Array,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  next(): Step {
    if (++this.count > MOST_STEPS)
      throw bad(this.file, 'too-many', `has more than ${MOST_STEPS} steps`, this.at);
    const step = this.read(this.at);
    this.at = step.end;
    return step;
  }

  /** The next one, which stays the next. */
  peek(): Step {
    return this.read(this.at);
  }

  /** The bytes of the text that is made at a place. */
  textAt(at: number): readonly [number, number] | null {
    return this.read(at).text;
  }

  private read(at: number): Step & { readonly end: number } {
    const op = CHARACTERS[this.bytes[at] ?? 0] ?? '';
    const from = at + 1;
    const fixed = at < this.bytes.length ? FIXED.get(op) : 0;
    if (fixed !== undefined) {
      const end = this.within(from, fixed);
      const isGet = op === 'h' || op === 'j';
      const number = isGet || op === 'q' || op === 'r' ? this.number(from, fixed) : null;
      return {
        op,
        at,
        end,
        text: null,
        isMemo: MEMO.has(op),
        put: isGet ? null : number,
        get: isGet ? number : null,
      };
    }
    const long = LONG.get(op);
    if (long !== undefined) {
      const [width, isText] = long;
      const begin = this.within(from, width);
      const end = this.within(begin, this.number(from, width));
      return { op, at, end, text: isText ? [begin, end] : null, isMemo: false, put: null, get: null };
    }
    const lines = LINES.get(op);
    if (lines === undefined) throw bad(this.file, 'opcode', `has the unknown instruction ${quote(op)}`, at);
    let end = from;
    for (let line = 0; line < lines; line++) {
      const stop = this.bytes.indexOf(0x0a, end);
      end = stop < 0 ? this.within(this.bytes.length, 1) : stop + 1;
    }
    const line = Number(
      new TextDecoder('latin1').decode(this.bytes.subarray(from, Math.min(end, from + 12))),
    );
    return {
      op,
      at,
      end,
      text: null,
      isMemo: op === 'p',
      put: op === 'p' ? line : null,
      get: op === 'g' ? line : null,
    };
  }

  private number(at: number, width: number): number {
    if (width === 1) return this.bytes[at] ?? 0;
    return width === 4 ? this.view.getUint32(at, true) : Number(this.view.getBigUint64(at, true));
  }

  private within(at: number, count: number): number {
    if (count > this.bytes.length - at) throw bad(this.file, 'truncated', 'ends too early', at);
    return at + count;
  }
}
