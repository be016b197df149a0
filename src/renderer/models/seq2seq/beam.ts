/** Beam search as data: every hypothesis that was kept is a node, so that the tree can be drawn. */
import { largest } from '../../runs/activations.ts';

/** One token of one hypothesis. */
export interface BeamNode {
  /** Index of the node before it; null for a first token. */
  readonly parent: number | null;
  readonly id: number;
  /** From 0. */
  readonly step: number;
  /** log p of the whole hypothesis up to here. */
  readonly logProbability: number;
  /** The hypothesis ends here. */
  readonly finished: boolean;
}

export interface BeamOptions {
  /** k: hypotheses that are kept at each step. */
  readonly beams: number;
  readonly end: number;
  /** Hypotheses are compared by log p / length^penalty; 0: by log p. */
  readonly lengthPenalty: number;
}

/** What the next step reads: its tokens, and the row that each of them goes on from. */
export interface BeamStep {
  readonly tokens: readonly number[];
  readonly parents: readonly number[];
}

/** The tree of a beam search; k = 1 is greedy search. */
export class BeamTree {
  readonly nodes: BeamNode[] = [];
  readonly #options: BeamOptions;
  /** Node of each live row; null before the first token. */
  #live: (number | null)[] = [null];
  #step = 0;

  constructor(options: BeamOptions) {
    this.#options = options;
  }

  /**
   * Takes the probabilities of the next token for every live row, [rows, V].
   * @param forced the token that every row must take; left out: the search decides
   * @returns what to go on with; null when the search is over
   */
  advance(probabilities: Float32Array, forced?: number): BeamStep | null {
    const { beams, end } = this.#options;
    const V = probabilities.length / this.#live.length;
    const candidates = this.#live.flatMap((parent, row) => {
      const before = parent === null ? 0 : (this.nodes[parent]?.logProbability ?? 0);
      const own = probabilities.subarray(row * V, (row + 1) * V);
      const best =
        forced === undefined ? largest(own, beams + 1) : [{ index: forced, value: own[forced] ?? 0 }];
      return best.map(({ index, value }) => ({
        parent,
        row,
        id: index,
        logProbability: before + Math.log(Math.max(value, 1e-45)),
      }));
    });
    candidates.sort((a, b) => b.logProbability - a.logProbability);
    const tokens: number[] = [];
    const parents: number[] = [];
    const live: number[] = [];
    for (const { parent, row, id, logProbability } of candidates.slice(0, beams)) {
      const finished = id === end;
      this.nodes.push({ parent, id, step: this.#step, logProbability, finished });
      if (finished) continue;
      tokens.push(id);
      parents.push(row);
      live.push(this.nodes.length - 1);
    }
    this.#step++;
    this.#live = live;
    return live.length === 0 || this.#isDecided() ? null : { tokens, parents };
  }

  /** Begins with the first steps of a greedy search that went the same way, one node a step. */
  resume(nodes: readonly BeamNode[]): void {
    this.nodes.push(...nodes);
    this.#step = nodes.length;
    this.#live = [nodes.length === 0 ? null : nodes.length - 1];
  }

  /** Tokens of the best hypothesis: a finished one where there is any. */
  best(): number[] {
    const leaf = this.bestLeaf();
    const ids: number[] = [];
    for (let at: number | null = leaf; at !== null; at = this.nodes[at]?.parent ?? null)
      ids.unshift(this.nodes[at]?.id ?? 0);
    return ids;
  }

  /** Node at which the best hypothesis ends; null for an empty tree. */
  bestLeaf(): number | null {
    const finished = this.nodes.flatMap((node, at) => (node.finished ? [at] : []));
    const ends = finished.length > 0 ? finished : this.#live.flatMap((at) => (at === null ? [] : [at]));
    return ends.reduce<number | null>(
      (best, at) => (best === null || this.#score(at) > this.#score(best) ? at : best),
      null,
    );
  }

  #score(at: number): number {
    const node = this.nodes[at];
    if (node === undefined) return -Infinity;
    return node.logProbability / (node.step + 1) ** this.#options.lengthPenalty;
  }

  /** True when k hypotheses have ended. */
  #isDecided(): boolean {
    return this.nodes.filter(({ finished }) => finished).length >= this.#options.beams;
  }
}
