/** RoBERTa (Liu et al. 2019), XLM-RoBERTa and CamemBERT: a BERT whose positions are counted from its padding token on. */
import { readBert } from './bert.ts';
import { encoderFamily } from '../models/encoder/load.ts';
import { parseRobertaConfig, ROBERTA, robertaSpec } from '../../common/configs/roberta.ts';

export const roberta = encoderFamily({
  spec: robertaSpec,
  parse: parseRobertaConfig,
  most: ({ positions, firstPosition }) => positions - firstPosition,
  read: (read, config, has) =>
    readBert(read, config, has, { kind: ROBERTA, headActivation: 'gelu_erf', padding: config.padding }),
});
