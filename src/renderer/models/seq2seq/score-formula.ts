import type { AttentionConfig } from '../../../common/configs/seq2seq.ts';

/** How a score is made of a decoder's state q and an encoder's state k, without biases (Bahdanau 2015, Luong 2015). */
export function scoreFormula({ kind, applied_to: side, joined }: AttentionConfig): string {
  switch (kind) {
    case 'dot':
      return 'q · k';
    case 'general':
      return side === 'key' ? 'q · W k' : 'W q · k';
    case 'bahdanau':
    case 'concat':
      if (joined === null) return 'v · tanh(W q + U k)';
      return `v · tanh(W [${joined === 'query, key' ? 'q; k' : 'k; q'}])`;
  }
}
