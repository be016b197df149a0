/** g2p_en's network (https://github.com/Kyubyong/g2p): from letters to phonemes by two GRUs. */
import type { Recognised } from './recognition.ts';
import type { Shapes } from './recognise-stack.ts';

const LETTERS = ['<pad>', '<unk>', '</s>', ...'abcdefghijklmnopqrstuvwxyz'];
/** Vowels of ARPAbet, each without stress and with three degrees of it where it has them. */
const PHONEMES = [
  '<pad>', '<unk>', '<s>', '</s>',
  'AA0', 'AA1', 'AA2', 'AE0', 'AE1', 'AE2', 'AH0', 'AH1', 'AH2', 'AO0', 'AO1', 'AO2', 'AW0', 'AW1', 'AW2', 'AY0',
  'AY1', 'AY2', 'B', 'CH', 'D', 'DH', 'EH0', 'EH1', 'EH2', 'ER0', 'ER1', 'ER2', 'EY0', 'EY1', 'EY2', 'F', 'G', 'HH',
  'IH0', 'IH1', 'IH2', 'IY0', 'IY1', 'IY2', 'JH', 'K', 'L', 'M', 'N', 'NG', 'OW0', 'OW1', 'OW2', 'OY0', 'OY1', 'OY2',
  'P', 'R', 'S', 'SH', 'T', 'TH', 'UH0', 'UH1', 'UH2', 'UW', 'UW0', 'UW1', 'UW2', 'V', 'W', 'Y', 'Z', 'ZH',
]; // prettier-ignore
const START = 2;
const END = 3;
/** Steps after which its code stops. */
const MOST = 20;

export function g2p(shapes: Shapes): Recognised | null {
  const [source, width] = shapes.get('enc_emb') ?? [];
  const [target, targetWidth] = shapes.get('dec_emb') ?? [];
  const [, hidden] = shapes.get('enc_w_hh') ?? [];
  if (source !== LETTERS.length || target !== PHONEMES.length || hidden === undefined || !shapes.has('fc_w'))
    return null;
  const cell = (side: string) =>
    Object.fromEntries(
      ['w_ih', 'w_hh', 'b_ih', 'b_hh'].map((role) => [
        `${side}.rnn.${role.replace('w_', 'weight_').replace('b_', 'bias_')}_l0`,
        `${side.slice(0, 3)}_${role}`,
      ]),
    );
  const stack = { cell: 'gru', hidden_size: hidden };
  return {
    what: 'g2p_en’s network from letters to phonemes',
    config: {
      model_type: 'seq2seq',
      source: {
        vocab_size: source,
        embedding_size: width,
        tokenizer: { kind: 'characters', entries: LETTERS, unknown: '<unk>', end: '</s>', lowercase: true },
      },
      target: {
        vocab_size: target,
        embedding_size: targetWidth,
        start_token_id: START,
        end_token_id: END,
        tokenizer: { kind: 'words', entries: PHONEMES, unknown: '<unk>', lowercase: false },
      },
      encoder: stack,
      bridge: { kind: 'copy' },
      decoder: { ...stack, input: ['embedding'] },
      attention: null,
      output: { input: ['hidden'] },
      max_target_length: MOST,
      tensor_names: {
        'encoder.embedding.weight': 'enc_emb',
        'decoder.embedding.weight': 'dec_emb',
        'output.weight': 'fc_w',
        'output.bias': 'fc_b',
        ...cell('encoder'),
        ...cell('decoder'),
      },
    },
    assumed: ['Letters and phonemes are those of g2p_en’s code, which the file does not hold.'],
  };
}
