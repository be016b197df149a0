/** What a change did to labels. T tokens, C labels. */
import { divergenceOf, scoresOf } from '../../analysis/labels.ts';
import { largest } from '../../runs/activations.ts';
import type { OutputDifference } from '../../runs/facets/changes.ts';
import type { LabelOutputs } from './outputs.ts';

/** Compares the labels of two runs over the same text, when somebody asks. */
export function compareLabels(before: LabelOutputs, after: LabelOutputs): OutputDifference {
  const { labels, names, scoring } = before.about;
  const T = before.tokens.length;
  const C = names.length;
  const both = async () => [await before.logits(), await after.logits()] as const;
  const measure =
    labels !== 'span' && scoring === 'softmax' ? 'divergence' : scoring === 'value' ? 'value' : 'share';
  /** What each label scores at a place, [C]: of a span the shares of its beginning and its end there. */
  const scoresOfAll = ([first = NONE, second = NONE]: readonly Float32Array[]) => {
    if (labels !== 'span') return (at: number) => scoresOf(first.subarray(at * C, (at + 1) * C), scoring);
    const { start, end } = before.scores(first, second);
    return (at: number) => Float64Array.of(start[at] ?? 0, end[at] ?? 0);
  };
  return {
    measure,
    isOfText: labels === 'text',
    async divergence(signal) {
      const [p, q] = await both();
      signal?.throwIfAborted();
      const [from, to] = [scoresOfAll(p), scoresOfAll(q)];
      const row = ([logits = NONE]: readonly Float32Array[], at: number) =>
        logits.subarray(at * C, (at + 1) * C);
      return Float32Array.from({ length: labels === 'text' ? 1 : T }, (_, at) =>
        measure === 'divergence'
          ? divergenceOf(row(p, at), row(q, at))
          : Math.max(...moves(from(at), to(at))),
      );
    },
    async changes(position, k) {
      const [p, q] = await both();
      const at = labels === 'text' ? 0 : position;
      const [from, to] = [scoresOfAll(p)(at), scoresOfAll(q)(at)];
      return largest(moves(from, to), k).map(({ index }) => ({
        token: { id: index, text: names[index] ?? '', span: null, special: false },
        before: from[index] ?? 0,
        after: to[index] ?? 0,
      }));
    },
  };
}

const NONE = new Float32Array();

/** How far each score went. */
function moves(from: Float64Array, to: Float64Array): Float64Array {
  return from.map((value, i) => Math.abs((to[i] ?? 0) - value));
}
