/** ELECTRA (Clark et al. 2020): narrow embeddings, and a generator's or a discriminator's head. */
import { readBert } from './bert.ts';
import { encoderFamily } from '../models/encoder/load.ts';
import { DISCRIMINATOR, ELECTRA, electraSpec, parseElectraConfig } from '../../common/configs/electra.ts';

export const electra = encoderFamily({
  spec: electraSpec,
  parse: parseElectraConfig,
  most: ({ positions }) => positions,
  read(read, config, has) {
    const parts = readBert(read, config, has, { kind: ELECTRA, headActivation: 'gelu_erf' });
    const isDiscriminator = !has(`${ELECTRA.head.dense}.weight`) && has(`${DISCRIMINATOR}.dense.weight`);
    return {
      ...parts,
      discriminator: isDiscriminator
        ? {
            dense: read.linear(`${DISCRIMINATOR}.dense`, { bias: true }),
            activation: config.activation,
            out: read.linear(`${DISCRIMINATOR}.dense_prediction`, { bias: true }),
          }
        : null,
    };
  },
});
