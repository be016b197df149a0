/** What a captured run can say beyond its activations. */
import { HeadgateError } from '../../../common/error.ts';
import type { TensorInfo } from '../../../common/contract.ts';
import { rowsOf } from '../../gpu/tensor.ts';
import { largest, type Holdings } from '../../runs/activations.ts';
import type { Prediction, Predicts, Readout } from '../../runs/facets/readout.ts';
import type { RecurrentTrace } from '../../runs/facets/recurrent.ts';
import type { Activation, Token } from '../../runs/run.ts';
import { spanScores } from '../../analysis/answer-span.ts';
import type { Labels } from '../../runs/facets/labels.ts';
import { predictionsAt, predictsLabels } from '../labels/outputs.ts';
import type { StoredTensors } from './stored.ts';

/** Types of models whose logits are about the position's own token. */
const OWN = /^(bert|roberta|xlm-roberta|camembert|distilbert|electra|modernbert|albert)$/;

/** What the logits of a captured model are about. */
export function predictsOf(modelType: string | null, hasSource: boolean, isRecurrent: boolean): Predicts {
  if (modelType !== null && OWN.test(modelType)) return 'own';
  return hasSource && isRecurrent ? 'own' : 'next';
}

/** Bytes of logits that are kept on the GPU; of more, only the answers at a position are read. */
const MOST_LOGITS = 128 * 2 ** 20;

/** Answers from stored logits; null: there are none for every position. */
export async function readoutOf(
  stored: StoredTensors,
  holdings: Holdings,
  tensor: TensorInfo | undefined,
  { predicts, tokens, named }: { predicts: Predicts; tokens: readonly Token[]; named: (id: number) => Token },
): Promise<Readout | null> {
  const [T, V] = tensor?.shape ?? [];
  if (tensor === undefined || T !== tokens.length || V === undefined) return null;
  const all = T * V * 4 > MOST_LOGITS ? null : await stored.hold(tensor, holdings);
  return {
    predicts,
    logits: all && {
      ...{ vocabulary: V, token: named },
      record: (recorder, [from, to], target) => {
        holdings.assertAlive();
        recorder.copy(rowsOf(all, from, to), target);
      },
    },
    async top(position, k): Promise<readonly Prediction[]> {
      if (!(position >= 0 && position < T))
        throw new RangeError(`Position ${position} of a text of ${T} tokens.`);
      const logits = await stored.read(tensor, position * V, (position + 1) * V);
      if (!logits.every(Number.isFinite)) return [];
      const best = largest(logits, Math.min(k, V));
      const most = best[0]?.value ?? 0;
      const total = logits.reduce((sum, logit) => sum + Math.exp(logit - most), 0);
      return best.map(({ index, value }) => ({
        ...{ token: named(index), logit: value, probability: Math.exp(value - most) / total },
      }));
    },
  };
}

/** Labels from stored logits; null: they were not kept. */
export async function labelReadout(
  stored: StoredTensors,
  tensors: readonly TensorInfo[],
  labels: Labels,
  tokens: readonly Token[],
): Promise<Readout | null> {
  const names = labels.labels === 'span' ? ['start_logits', 'end_logits'] : ['logits'];
  const kept = names.flatMap((name) => tensors.find((tensor) => tensor.name === name) ?? []);
  if (kept.length < names.length) return null;
  const [logits = new Float32Array(), ends = new Float32Array()] = await Promise.all(
    kept.map((tensor) => stored.whole(tensor)),
  );
  const scores = labels.labels === 'span' ? spanScores(logits, ends, tokens, labels.hasNone) : null;
  return {
    ...{ predicts: predictsLabels(labels), logits: null },
    top: (position, k) => {
      if (!(position >= 0 && position < tokens.length))
        return Promise.reject(new RangeError(`Position ${position} of a text of ${tokens.length} tokens.`));
      return Promise.resolve(predictionsAt(position, labels, [logits, ends], scores).slice(0, k));
    },
  };
}

/** Recurrent stacks as far as their states and gates were kept; null: there are none. */
export function tracesOf(
  activations: readonly Activation[],
  sides: { readonly tokens: readonly Token[]; readonly sourceTokens: readonly Token[] | null },
): readonly RecurrentTrace[] | null {
  const states = activations.filter(({ kind, direction }) => kind === 'hidden_state' && direction !== null);
  const stacks = [...new Set(states.map(({ stack }) => stack))];
  const traces = stacks.map((stack): RecurrentTrace => {
    const own = activations.filter((one) => one.stack === stack && one.direction !== null);
    const layers = Math.max(...own.map(({ layer }) => layer ?? 0)) + 1;
    const gates = [...new Set(own.flatMap(({ gate }) => gate ?? []))];
    const hasCell = own.some(({ kind }) => kind === 'cell');
    const width = Math.max(
      ...own.filter(({ kind }) => kind === 'hidden_state').map(({ shape }) => shape[1] ?? 0),
    );
    const reversed = Array.from({ length: layers }, (_, layer) =>
      own.some((one) => one.layer === layer && one.direction === 'reverse'),
    );
    return {
      ...{
        stack,
        layers,
        reversed,
        bidirectional: reversed.includes(true),
        gates,
        units: width,
        state: width,
      },
      gateActivation: null,
      cell: hasCell ? 'lstm' : gates.length > 1 ? 'gru' : 'rnn-tanh',
      tokens: stack === 'encoder' ? (sides.sourceTokens ?? []) : sides.tokens,
      gradient: () => Promise.reject(noWeights()),
      gradients: () => Promise.reject(noWeights()),
      terms: () => Promise.reject(noWeights()),
    };
  });
  return traces.length === 0 ? null : traces;
}

function noWeights(): HeadgateError {
  return new HeadgateError(
    'capture-no-weights',
    'A captured run has no weights, so nothing can be computed through its layers.',
    'Open the model itself.',
  );
}
