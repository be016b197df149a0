/** What a pickle's instructions work on: values above one another, and what they may take together. */
import type { HeadgateError } from '../../error.ts';
import type { Cursor } from './cursor.ts';

/** What helps where a pickle holds too much beside weights. */
export const ALONE = 'Save the weights alone: torch.save(model.state_dict(), "model.pt").';

/** Bytes that the values of a pickle may take; large data lies in storages. 40,000 tensors take as many. */
export const MOST_MEMORY = 40 * 2 ** 20;

/** About what values take, in bytes, with the room that growing lists leave. */
export const COST = {
  place: 24,
  number: 16,
  list: 64,
  tuple: 96,
  table: 240,
  entry: 64,
  kept: 16,
  text: 32,
  made: 160,
  object: 480,
} as const;

const MARK = Symbol('mark');

export class PickleStack {
  private readonly values: unknown[] = [];
  private spent = 0;
  /** Values that lay above one another at most. */
  private highest = 0;

  constructor(
    private readonly cursor: Cursor,
    private readonly memory: number,
  ) {}

  get size(): number {
    return this.values.length;
  }

  mark(): void {
    this.push(MARK);
  }

  /** @param bytes about what the value takes beside its place on the stack */
  push(value: unknown, bytes = 0): void {
    this.values.push(value);
    const isHigher = this.values.length > this.highest;
    if (isHigher) this.highest = this.values.length;
    if (isHigher || bytes > 0) this.spend((isHigher ? COST.place : 0) + bytes);
  }

  /** A text, whose characters count too. */
  pushText(text: string): void {
    this.push(text, COST.text + 2 * text.length);
  }

  /** Counts what values take. @throws HeadgateError `pickle-too-many` */
  spend(bytes: number): void {
    this.spent += bytes;
    if (this.spent > this.memory)
      throw this.cursor.bad(
        'too-many',
        `makes values of more than ${Math.ceil(this.memory / 2 ** 20)} MiB beside its weights`,
        ALONE,
      );
  }

  top(): unknown {
    const value = this.values.at(-1);
    if (this.values.length === 0 || value === MARK) throw this.empty();
    return value;
  }

  pop(): unknown {
    const value = this.top();
    this.values.pop();
    return value;
  }

  popMany(count: number): unknown[] {
    return Array.from({ length: count }, () => this.pop()).reverse();
  }

  /** What lies above the last mark. */
  popMark(): unknown[] {
    const at = this.values.lastIndexOf(MARK);
    if (at === -1) throw this.empty();
    const items = this.values.slice(at + 1);
    this.values.length = at;
    return items;
  }

  private empty(): HeadgateError {
    return this.cursor.bad('stack', 'takes a value that is not there');
  }
}
