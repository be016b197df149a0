/** Beam search as Transformers' generate() does it (5.23), with every hypothesis that was kept as a node of a tree. */
import { largest } from '../../runs/activations.ts';
import type { GenerationConfig } from '../../../common/configs/generation-config.ts';
import type { BeamNode, BeamStep } from '../seq2seq/beam.ts';

export interface BeamSearchOptions extends Pick<
  GenerationConfig,
  'ends' | 'lengthPenalty' | 'earlyStopping'
> {
  /** Hypotheses that go on at each step. */
  readonly beams: number;
  /** Tokens that are found at most. */
  readonly most: number;
}

interface Finished {
  readonly node: number;
  readonly score: number;
}

export class BeamSearch {
  readonly nodes: BeamNode[] = [];
  readonly #options: BeamSearchOptions;
  /** The last node of each hypothesis that goes on; null before the first token. */
  #live: (number | null)[] = [null];
  /** Best first, at most as many as beams. */
  #finished: Finished[] = [];
  /** False when nothing that goes on can become better than what has ended. */
  #isOpen = true;
  #step = 0;
  /** Tokens that were given: they count neither for lengths nor for scores. */
  #given = 0;
  #givenLog = 0;

  constructor(options: BeamSearchOptions) {
    this.#options = options;
  }

  /** The tokens of each hypothesis that goes on. */
  texts(): number[][] {
    return this.#live.map((node) => this.#path(node));
  }

  /** Takes a token that is given. @param logProbability log p of it, after the tokens before it */
  give(id: number, logProbability: number): void {
    const [parent = null] = this.#live;
    this.#givenLog += logProbability;
    this.#given++;
    this.#live = [this.#add(parent, id, this.#givenLog, false)];
    this.#step++;
  }

  /**
   * Takes log p of the next token for every hypothesis that goes on, [rows, V], after the rules.
   * @returns what to go on with; null when the search is over
   */
  advance(scores: Float32Array): BeamStep | null {
    const { beams, ends, most, lengthPenalty, earlyStopping } = this.#options;
    const V = scores.length / this.#live.length;
    const kept = Math.max(2, 1 + ends.length) * beams;
    const candidates = this.#live
      .flatMap((parent, row) =>
        largest(scores.subarray(row * V, (row + 1) * V), kept).map(({ index, value }) => ({
          parent,
          row,
          id: index,
          logProbability: value + (parent === null ? 0 : (this.nodes[parent]?.logProbability ?? 0)),
        })),
      )
      .filter(({ logProbability }) => logProbability > -Infinity)
      .sort((a, b) => b.logProbability - a.logProbability)
      .slice(0, kept);
    const length = this.#step + 1 - this.#given;
    const isLast = this.#step + 1 === most;
    const isFull = earlyStopping === true && this.#finished.length === beams;
    const tokens: number[] = [];
    const parents: number[] = [];
    const live: number[] = [];
    const ended: Finished[] = [];
    for (const [place, { parent, row, id, logProbability }] of candidates.entries()) {
      const finished = isLast || ends.includes(id);
      if (finished ? place >= beams : live.length === beams) continue;
      const node = this.#add(parent, id, logProbability, finished);
      if (finished) {
        if (!isFull && this.#isOpen)
          ended.push({ node, score: (logProbability - this.#givenLog) / length ** lengthPenalty });
      } else {
        tokens.push(id);
        parents.push(row);
        live.push(node);
      }
    }
    this.#step++;
    // Equal scores: what ended first stays first.
    this.#finished = [...this.#finished, ...ended].sort((a, b) => b.score - a.score).slice(0, beams);
    this.#live = live;
    return live.length === 0 || this.#isOver() ? null : { tokens, parents };
  }

  /** Tokens of the best text. */
  best(): number[] {
    return this.#path(this.bestLeaf());
  }

  /** Node at which the best text ends; null for an empty tree. */
  bestLeaf(): number | null {
    return this.#finished[0]?.node ?? this.#live[0] ?? null;
  }

  /** log p / length^penalty of the best text. */
  bestScore(): number {
    return this.#finished[0]?.score ?? -Infinity;
  }

  #add(parent: number | null, id: number, logProbability: number, finished: boolean): number {
    return this.nodes.push({ parent, id, step: this.#step, logProbability, finished }) - 1;
  }

  #path(leaf: number | null): number[] {
    const ids: number[] = [];
    for (let at = leaf; at !== null; at = this.nodes[at]?.parent ?? null)
      ids.unshift(this.nodes[at]?.id ?? 0);
    return ids;
  }

  #isOver(): boolean {
    const { beams, most, lengthPenalty, earlyStopping } = this.#options;
    const isFull = this.#finished.length === beams;
    const bestLive = this.nodes[this.#live[0] ?? -1]?.logProbability ?? -Infinity;
    const reach = earlyStopping === 'never' && lengthPenalty > 0 ? most : this.#step;
    const possible = (bestLive - this.#givenLog) / (reach - this.#given) ** lengthPenalty;
    const worst = isFull ? (this.#finished.at(-1)?.score ?? -Infinity) : -1e9;
    this.#isOpen &&= possible > worst;
    return !this.#isOpen || (isFull && earlyStopping === true);
  }
}
