/**
 * A Unigram model (Kudo 2018): the cut of a text with the largest sum of scores. Memory grows with the text alone, whatever
 * the vocabulary holds; what no piece begins with is unknown, neighbours of that kind as one.
 */
import type { Json } from '../json.ts';

/** What an unknown character costs beside the least score. */
const UNKNOWN_PENALTY = 10;

interface Node {
  readonly next: Map<string, Node>;
  /** The piece that stands for unknown text, spelt out. */
  isUnknown?: boolean;
  /** Score of the piece that ends here; null: none does. */
  score: number | null;
}

export interface UnigramModel {
  readonly ids: ReadonlyMap<string, number>;
  readonly unknown: string | null;
  cut(text: string): readonly string[];
}

/** @param config “model” of tokenizer.json, checked */
export function unigram(config: Json): UnigramModel {
  const vocab = config['vocab'] as readonly (readonly [string, number])[];
  const root: Node = { next: new Map(), score: null };
  let least = Infinity;
  for (const [piece, score] of vocab) {
    // What stands for no text is never found in one.
    if (score === -Infinity) continue;
    least = Math.min(least, score);
    if (piece !== '') insert(root, piece).score = score;
  }
  const id = config['unk_id'];
  const unknown = typeof id === 'number' ? (vocab[id]?.[0] ?? null) : null;
  if (unknown !== null && unknown !== '') insert(root, unknown).isUnknown = true;
  const unknownScore = least - UNKNOWN_PENALTY;
  return {
    ids: new Map(vocab.map(([piece], index) => [piece, index])),
    unknown,
    cut: (text) => bestCut([...text], root, unknownScore),
  };
}

/** The node where a piece ends. */
function insert(root: Node, piece: string): Node {
  let node = root;
  for (const character of piece) {
    const next = node.next.get(character) ?? { next: new Map<string, Node>(), score: null };
    node.next.set(character, next);
    node = next;
  }
  return node;
}

function bestCut(characters: readonly string[], root: Node, unknownScore: number): string[] {
  const size = characters.length;
  // Of the best cut of all that stands before a place: its score, where its last piece starts, whether that is unknown.
  const scores = new Float64Array(size + 1);
  const starts = new Int32Array(size + 1).fill(-1);
  const isUnknown = new Uint8Array(size + 1);
  const offer = (start: number, end: number, score: number, isOutside: boolean) => {
    const total = (scores[start] ?? 0) + score;
    if ((starts[end] ?? -1) >= 0 && total <= (scores[end] ?? 0)) return;
    scores[end] = total;
    starts[end] = start;
    isUnknown[end] = isOutside ? 1 : 0;
  };
  for (let start = 0; start < size; start++) {
    let isSingle = false;
    let node: Node | undefined = root;
    for (let end = start; end < size; end++) {
      node = node.next.get(characters[end] ?? '');
      if (node === undefined) break;
      if (node.score === null) continue;
      offer(start, end + 1, node.score, node.isUnknown === true);
      if (end === start) isSingle = true;
    }
    if (!isSingle) offer(start, start + 1, unknownScore, true);
  }
  return piecesOf(characters, starts, isUnknown);
}

/** Back from the end; unknown pieces that stand side by side become one. */
function piecesOf(characters: readonly string[], starts: Int32Array, isUnknown: Uint8Array): string[] {
  const pieces: string[] = [];
  for (let end = characters.length; end > 0;) {
    let start = starts[end] ?? 0;
    if (isUnknown[end] === 1) while (start > 0 && isUnknown[start] === 1) start = starts[start] ?? 0;
    pieces.push(characters.slice(start, end).join(''));
    end = start;
  }
  return pieces.reverse();
}
