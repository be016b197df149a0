/**
 * Walks over a pickle of gensim's without building it: its list of words is taken as bytes, and the tables that nothing
 * needs (`key_to_index`, `vocab`) are stepped over. A value for each of three million words would take hundreds of MB.
 */
import type { Gap, Gaps } from '../pytorch/gaps.ts';
import { WordList } from '../word-table/words.ts';
import { bad, Steps, type Step } from './steps.ts';

/** Lists of the words, in the order of their rows. */
const WORDS: ReadonlySet<string> = new Set(['index_to_key', 'index2word']);
/** What else has an entry for each word. */
const TABLES: ReadonlySet<string> = new Set(['key_to_index', 'vocab', 'index2entity']);
const LONGEST_NAME = 16;
/** The instructions that close what `(` opened. */
const CLOSING: ReadonlySet<string> = new Set([...'eutdloi1', '\x90', '\x91']);

export interface Skimmed {
  /** Null: no list of words was found, or one that holds something else than texts. */
  readonly words: WordList | null;
  readonly gaps: Gaps;
}

/** @throws HeadgateError `pickle-truncated`, `pickle-opcode`, `pickle-too-many` */
export function skim(file: string, bytes: Uint8Array): Skimmed {
  return new Skimmer(file, bytes).run();
}

class Skimmer {
  private readonly steps: Steps;
  private readonly gaps = new Map<number, Gap>();
  /** Where the kept texts stand (their instruction, plus one), by the number that they are kept under. */
  private textAt = new Uint32Array(1024);
  private kept = 0;
  private words: WordList | null = null;

  constructor(
    private readonly file: string,
    private readonly bytes: Uint8Array,
  ) {
    this.steps = new Steps(file, bytes);
  }

  run(): Skimmed {
    /** The text that was made last, if nothing came after it. */
    let name = '';
    let text: Step | null = null;
    for (let step = this.next(text); step.op !== '.'; step = this.next(text)) {
      if (step.text !== null) {
        text = step;
        name = step.text[1] - step.text[0] <= LONGEST_NAME ? this.decoded(step.text) : '';
      } else if (!step.isMemo) {
        if (step.op === ']' && WORDS.has(name)) this.skip(true);
        else if ((step.op === ']' || step.op === '}') && TABLES.has(name)) this.skip(false);
        text = null;
        name = '';
      }
    }
    return {
      words: this.words,
      gaps: { from: (at) => this.gaps.get(at), text: (index) => this.textOf(index) },
    };
  }

  /** Steps over the batches that fill the list or table which was just made. */
  private skip(isWords: boolean): void {
    if (isWords) this.words = new WordList();
    for (let step = this.steps.peek(); step.isMemo || step.op === '('; step = this.steps.peek()) {
      if (step.isMemo) {
        this.next(null);
        continue;
      }
      const [begin, before] = [this.steps.at, this.kept];
      this.skipBatch(isWords);
      this.gaps.set(begin, { end: this.steps.at, kept: this.kept - before });
    }
  }

  /** A batch, from its mark to the instruction that closes it. */
  private skipBatch(isWords: boolean): void {
    let text: Step | null = null;
    let depth = 0;
    do {
      const step = this.next(text);
      if (step.op === '(') depth++;
      else if (CLOSING.has(step.op)) depth--;
      else if (isWords && !step.isMemo) {
        const word = step.text ?? this.placeOf(step.get);
        if (word === null) this.words = null;
        else this.words?.add(this.bytes.subarray(...word));
      }
      if (!step.isMemo) text = step.text === null ? null : step;
    } while (depth > 0);
  }

  /** The next instruction; one that keeps a value keeps `text`, which was made before it. */
  private next(text: Step | null): Step {
    const step = this.steps.next();
    if (!step.isMemo || step.op === '\x95') return step;
    const index = step.put ?? this.kept;
    if (step.put === null) this.kept++;
    if (text !== null) {
      while (index >= this.textAt.length && this.textAt.length < this.bytes.length) {
        const larger = new Uint32Array(2 * this.textAt.length);
        larger.set(this.textAt);
        this.textAt = larger;
      }
      if (index < this.textAt.length) this.textAt[index] = text.at + 1;
    }
    return step;
  }

  private placeOf(index: number | null): readonly [number, number] | null {
    const at = index === null ? 0 : (this.textAt[index] ?? 0);
    return at === 0 ? null : this.steps.textAt(at - 1);
  }

  private textOf(index: number): string | null {
    const place = this.placeOf(index);
    return place === null ? null : this.decoded(place);
  }

  private decoded(place: readonly [number, number]): string {
    try {
      return DECODER.decode(this.bytes.subarray(...place));
    } catch {
      throw bad(this.file, 'text', 'has text that is not UTF-8', place[0]);
    }
  }
}

const DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
