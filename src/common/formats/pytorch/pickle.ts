/**
 * Reads Python pickles (protocols 0 to 5, https://github.com/python/cpython/blob/main/Lib/pickletools.py) as data.
 * Nothing that a pickle names is ever imported or called: `build` turns the few known names into values, and every other
 * one stays a `Refused` that keeps its name and state.
 */
import { quote } from '../../error.ts';
import { Cursor } from './cursor.ts';
import type { Gaps } from './gaps.ts';
import { ALONE, COST, MOST_MEMORY, PickleStack } from './stack.ts';
import { Global, Refused, Tuple } from './values.ts';

export interface PickleRules {
  /** What `type(*args)` is. @param spend told of the bytes of what is copied; it throws when they are too many */
  build(type: Global, args: readonly unknown[], spend: (bytes: number) => void): unknown;
  /** What a persistent id stands for. */
  persistent(id: unknown): unknown;
}

/** Steps of a pickle. */
const MOST_STEPS = 10_000_000;

/**
 * The value of the pickle that begins at `begin`, and where it ends.
 * @param gaps parts that are not read
 * @throws HeadgateError `pickle-…` naming the file, the byte and the rule; what the rules throw
 */
export function readPickle(
  file: string,
  bytes: Uint8Array,
  begin: number,
  rules: PickleRules,
  gaps: Gaps | null = null,
): { readonly value: unknown; readonly end: number } {
  const machine = new Machine(new Cursor(file, bytes, begin), rules, gaps);
  return machine.run();
}

class Machine {
  private readonly stack: PickleStack;
  /** What was kept, by its number; numbers are given one after another. */
  private readonly memo: unknown[] = [];
  private kept = 0;
  private steps = 0;

  constructor(
    private readonly cursor: Cursor,
    private readonly rules: PickleRules,
    private readonly gaps: Gaps | null,
  ) {
    this.stack = new PickleStack(cursor, MOST_MEMORY);
  }

  run(): { readonly value: unknown; readonly end: number } {
    for (;;) {
      const gap = this.gaps?.from(this.cursor.at);
      if (gap !== undefined) {
        this.cursor.at = gap.end;
        this.kept += gap.kept;
        continue;
      }
      const code = this.cursor.byte();
      if (code === 0x2e) {
        const value = this.stack.pop();
        if (this.stack.size > 0) throw this.cursor.bad('stack', 'leaves more than one value');
        return { value, end: this.cursor.at };
      }
      this.step(String.fromCharCode(code), code);
      if (++this.steps > MOST_STEPS)
        throw this.cursor.bad('too-many', `has more than ${MOST_STEPS} steps`, ALONE);
    }
  }

  private step(op: string, code: number): void {
    const { cursor } = this;
    switch (op) {
      case '\x80':
        this.checkProtocol(cursor.byte());
        return;
      case '\x95':
        cursor.skip(8);
        return;
      case '(':
        return this.stack.mark();
      case '0':
        this.stack.pop();
        return;
      case '1':
        this.stack.popMark();
        return;
      case '2':
        return this.stack.push(this.stack.top());
      case 'N':
        return this.stack.push(null);
      case '\x88':
        return this.stack.push(true);
      case '\x89':
        return this.stack.push(false);
      case 'I':
        return this.stack.push(cursor.textBoolean());
      case 'J':
        return this.stack.push(cursor.int(4));
      case 'K':
        return this.stack.push(cursor.byte());
      case 'M':
        return this.stack.push(cursor.uint(2));
      case 'L':
        return this.stack.push(cursor.textInteger(), COST.number);
      case '\x8a':
        return this.stack.push(cursor.long(cursor.byte()), COST.number);
      case '\x8b':
        return this.stack.push(cursor.long(cursor.uint(4)), COST.number);
      case 'F':
        return this.stack.push(cursor.textFloat(), COST.number);
      case 'G':
        return this.stack.push(cursor.float(), COST.number);
      case 'S':
      case 'V':
        return this.stack.pushText(cursor.quoted(op === 'S'));
      case 'X':
        return this.stack.pushText(cursor.text(cursor.uint(4)));
      case '\x8c':
        return this.stack.pushText(cursor.text(cursor.byte()));
      case '\x8d':
        return this.stack.pushText(cursor.text(cursor.size8()));
      case 'T':
        return this.stack.pushText(cursor.latin1(cursor.uint(4)));
      case 'U':
        return this.stack.pushText(cursor.latin1(cursor.byte()));
      case 'B':
        return this.stack.push(cursor.bytes(cursor.uint(4)), COST.text);
      case 'C':
        return this.stack.push(cursor.bytes(cursor.byte()), COST.text);
      case '\x8e':
      case '\x96':
        return this.stack.push(cursor.bytes(cursor.size8()), COST.text);
      case ']':
        return this.stack.push([], COST.list);
      case '}':
        return this.stack.push(new Map(), COST.table);
      case ')':
        return this.stack.push(new Tuple([]), COST.tuple);
      case '\x8f':
        return this.stack.push(new Set(), COST.table);
      case 'l':
        return this.stack.push(this.stack.popMark(), COST.list);
      case 'd':
        return this.stack.push(this.setItems(new Map(), this.stack.popMark()), COST.table);
      case 't':
      case '\x91':
        return op === 't'
          ? this.stack.push(new Tuple(this.stack.popMark()), COST.tuple)
          : this.stack.push(this.setOf(this.stack.popMark()), COST.table);
      case '\x85':
      case '\x86':
      case '\x87':
        return this.stack.push(new Tuple(this.stack.popMany(code - 0x84)), COST.tuple);
      case 'a':
        return this.append(this.stack.popMany(1));
      case 'e':
      case '\x90':
        return this.append(this.stack.popMark());
      case 's':
        return this.setTop(this.stack.popMany(2));
      case 'u':
        return this.setTop(this.stack.popMark());
      default:
        return this.stepObjects(op);
    }
  }

  private checkProtocol(version: number): void {
    if (version > 5)
      throw this.cursor.bad(
        'protocol',
        `is of the protocol ${version}; 0 to 5 can be read`,
        'Save it again with torch.save, or with pickle.dump(…, protocol=4).',
      );
  }

  /** Names, calls, states and the memo. */
  private stepObjects(op: string): void {
    const { cursor } = this;
    switch (op) {
      case 'c':
        return this.stack.push(new Global(cursor.line(), cursor.line()), COST.tuple);
      case '\x93': {
        const [module, name] = this.stack.popMany(2);
        if (typeof module !== 'string' || typeof name !== 'string')
          throw cursor.bad('global', 'names a class by something that is no text');
        return this.stack.push(new Global(module, name), COST.tuple);
      }
      case 'R':
      case '\x81': {
        const [type, args] = this.stack.popMany(2);
        return this.call(type, args);
      }
      case '\x92': {
        const [type, args] = this.stack.popMany(3);
        return this.call(type, args);
      }
      case 'i': {
        const type = new Global(cursor.line(), cursor.line());
        return this.call(type, new Tuple(this.stack.popMark()));
      }
      case 'o': {
        const [type, ...args] = this.stack.popMark();
        return this.call(type, new Tuple(args));
      }
      case 'b': {
        const [object, state] = this.stack.popMany(2);
        return this.stack.push(this.withState(object, state));
      }
      case 'P':
        return this.stack.push(this.rules.persistent(cursor.line()), COST.tuple);
      case 'Q':
        return this.stack.push(this.rules.persistent(this.stack.pop()), COST.tuple);
      case 'p':
      case 'q':
      case 'r': {
        const index = op === 'p' ? cursor.lineNumber() : op === 'q' ? cursor.byte() : cursor.uint(4);
        this.keep(index);
        return;
      }
      case '\x94':
        this.keep(this.kept);
        return;
      case 'g':
      case 'h':
      case 'j': {
        const index = op === 'g' ? cursor.lineNumber() : op === 'h' ? cursor.byte() : cursor.uint(4);
        const text = index in this.memo ? null : (this.gaps?.text(index) ?? null);
        if (text !== null) return this.stack.pushText(text);
        if (!(index in this.memo)) throw cursor.bad('memo', `takes value ${index}, which it has not kept`);
        return this.stack.push(this.memo[index]);
      }
      default:
        throw cursor.bad('opcode', `has the unknown instruction ${quote(op)}`);
    }
  }

  /** Keeps the value on top under a number. */
  private keep(index: number): void {
    if (!(index in this.memo)) this.kept++;
    // A number far beyond would make the list a sparse one, which costs more.
    this.stack.spend(index > this.memo.length ? COST.entry : COST.kept);
    this.memo[index] = this.stack.top();
  }

  private call(type: unknown, args: unknown): void {
    const { cursor } = this;
    if (!(args instanceof Tuple)) throw cursor.bad('call', 'calls something without a tuple of arguments');
    // What came out of a refused name, such as a bound method, is as strange as the name.
    if (type instanceof Refused) return this.stack.push(new Refused(type.type, args.items), COST.object);
    if (!(type instanceof Global)) throw cursor.bad('call', 'calls something that is no class');
    const made = this.rules.build(type, args.items, (bytes) => this.stack.spend(bytes));
    this.stack.push(made, made instanceof Refused ? COST.object : COST.made);
  }

  private withState(object: unknown, state: unknown): unknown {
    if (object instanceof Refused) object.state = state;
    // The state of a dictionary or a set, such as `_metadata` of a state dict, adds nothing to its entries.
    return object;
  }

  private append(items: readonly unknown[]): void {
    const target = this.stack.top();
    this.stack.spend(items.length * COST.place);
    if (Array.isArray(target)) for (const item of items) target.push(item);
    else if (target instanceof Set) for (const item of items) target.add(item);
    else if (target instanceof Refused) target.items.push(...items.slice(0, 100_000));
    else throw this.cursor.bad('append', 'appends to something that is no list');
  }

  private setTop(items: readonly unknown[]): void {
    const target = this.stack.top();
    if (target instanceof Map) this.setItems(target, items);
    else if (target instanceof Refused) this.setItems(target.entries, items);
    else throw this.cursor.bad('set', 'sets entries of something that is no dictionary');
  }

  private setItems(target: Map<unknown, unknown>, items: readonly unknown[]): Map<unknown, unknown> {
    if (items.length % 2 === 1) throw this.cursor.bad('set', 'sets a key without a value');
    this.stack.spend((items.length / 2) * COST.entry);
    for (let i = 0; i < items.length; i += 2) target.set(items[i], items[i + 1]);
    return target;
  }

  private setOf(items: readonly unknown[]): Set<unknown> {
    this.stack.spend(items.length * COST.entry);
    return new Set(items);
  }
}
