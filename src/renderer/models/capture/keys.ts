/** What a captured tensor is, by its name: the other way round of `activationName`. */
import type { ActivationKey } from '../../runs/activation-names.ts';
import type { Axis } from '../../runs/run.ts';

type Key = Pick<ActivationKey, 'kind'> & Partial<ActivationKey> & { readonly axes: readonly Axis[] };

const LAYERED = /^(?:(encoder|decoder)_)?(hidden_states|attentions)\.(\d+)$|^(cross_attentions)\.(\d+)$/;
const RECURRENT =
  /^(?:(encoder|decoder)\.)?rnn\.(\d+)(\.reverse)?\.(hidden|cell|gradient_norm|gradient_norm_cell|cell_gradient_norm|gates\.(\w+))$/;
const RECURRENT_KINDS = {
  hidden: 'hidden_state',
  cell: 'cell',
  gradient_norm: 'gradient_norm',
  gradient_norm_cell: 'gradient_norm_cell',
  cell_gradient_norm: 'cell_gradient_norm',
} as const;

/** @returns null: it is nothing that views know */
export function keyOfName(name: string, shape: readonly number[]): Key | null {
  const dimensions = shape.length;
  const layered = LAYERED.exec(name);
  if (layered !== null) {
    const [, stack = null, group, layer, cross, crossLayer] = layered;
    if (cross !== undefined)
      return { kind: 'cross_attention', layer: Number(crossLayer), axes: ['head', 'query', 'key'] };
    const side = stack as 'encoder' | 'decoder' | null;
    const own = { stack: side, layer: Number(layer) };
    return group === 'attentions'
      ? { kind: 'attention', ...own, axes: ['head', 'query', 'key'] }
      : { kind: 'hidden_state', ...own, axes: [side === 'encoder' ? 'source' : 'token', 'unit'] };
  }
  const recurrent = RECURRENT.exec(name);
  if (recurrent !== null) {
    const [, stack = null, layer, reverse, part = '', gate = null] = recurrent;
    const side = stack as 'encoder' | 'decoder' | null;
    const steps: Axis = side === 'encoder' ? 'source' : 'token';
    const kind = gate !== null ? 'gate' : RECURRENT_KINDS[part as keyof typeof RECURRENT_KINDS];
    return {
      ...{
        kind,
        stack: side,
        layer: Number(layer),
        direction: reverse === undefined ? 'forward' : 'reverse',
        gate,
      },
      axes: dimensions === 1 ? [steps] : [steps, 'unit'],
    };
  }
  if (name === 'logits')
    return { kind: 'logits', axes: dimensions === 1 ? ['vocabulary'] : ['token', 'vocabulary'] };
  const neurons = /^mlp\.(\d+)$/.exec(name);
  if (neurons !== null) return { kind: 'mlp', layer: Number(neurons[1]), axes: ['token', 'unit'] };
  // A head that looks over the states of a whole text has one row.
  if (name === 'attention.weights' && shape[0] === 1)
    return { kind: 'attention_weights', axes: ['query', 'key'] };
  return SINGLE[name] ?? null;
}

const SINGLE: Readonly<Record<string, Key>> = {
  embeddings: { kind: 'embeddings', axes: ['token', 'unit'] },
  'encoder.embeddings': { kind: 'embeddings', stack: 'encoder', axes: ['source', 'unit'] },
  'decoder.embeddings': { kind: 'embeddings', stack: 'decoder', axes: ['token', 'unit'] },
  'attention.scores': { kind: 'attention_scores', axes: ['token', 'source'] },
  'attention.weights': { kind: 'attention_weights', axes: ['token', 'source'] },
  'attention.context': { kind: 'attention_context', axes: ['token', 'unit'] },
  'attention.vector': { kind: 'attention_vector', axes: ['token', 'unit'] },
  start_logits: { kind: 'start_logits', axes: ['token'] },
  end_logits: { kind: 'end_logits', axes: ['token'] },
  pooler_output: { kind: 'pooler_output', axes: ['unit'] },
  sentence_embedding: { kind: 'sentence_embedding', axes: ['unit'] },
};
