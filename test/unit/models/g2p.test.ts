import { expect, test } from 'vitest';
import { recognise } from '../../../src/common/configs/recognise.ts';
import { parseSeq2SeqConfig, seq2seqSpec } from '../../../src/common/configs/seq2seq.ts';
import type { TensorInfo } from '../../../src/common/contract.ts';
import { entriesOf } from '../../../src/common/configs/fields.ts';
import { VocabularyTokenizer } from '../../../src/common/text/vocabulary.ts';
import { must } from '../../helpers/must.ts';

const shapes: Record<string, number[]> = {
  enc_emb: [29, 8],
  enc_w_ih: [24, 8],
  enc_w_hh: [24, 8],
  enc_b_ih: [24],
  enc_b_hh: [24],
  dec_emb: [74, 8],
  dec_w_ih: [24, 8],
  dec_w_hh: [24, 8],
  dec_b_ih: [24],
  dec_b_hh: [24],
  fc_w: [74, 8],
  fc_b: [74],
};
const tensors = Object.entries(shapes).map(([name, shape]): TensorInfo => ({
  name,
  shape,
  dtype: 'F32',
  file: 'f',
  begin: 0,
  end: 0,
}));

test('g2p_en’s arrays are a seq2seq from letters to phonemes', async () => {
  const found = must(recognise(tensors));
  expect(found.what).toBe('g2p_en’s network from letters to phonemes');
  const { missing, misshapen, unexpected } = seq2seqSpec.check(found.config, tensors);
  expect([missing, misshapen, unexpected]).toEqual([[], [], []]);
  const { source, target } = parseSeq2SeqConfig(found.config);
  if (source.tokenizer.kind !== 'characters' || target.tokenizer.kind !== 'words')
    throw new Error('no lists');
  const letters = new VocabularyTokenizer(source.tokenizer, must(entriesOf(source.tokenizer)));
  expect((await letters.encode('Gate')).map(({ id }) => id)).toEqual([9, 3, 22, 7, 2]);
  const phonemes = new VocabularyTokenizer(target.tokenizer, must(entriesOf(target.tokenizer)));
  expect((await phonemes.encode('G EY1 T')).map(({ id }) => id)).toEqual([36, 33, 60]);
  expect([letters.size, phonemes.size]).toEqual([29, 74]);
});

test('other arrays under the same names are not', () => {
  expect(
    recognise(tensors.map((one) => (one.name === 'enc_emb' ? { ...one, shape: [30, 8] } : one))),
  ).toBeNull();
});
