import { seq2seqTensors, type Seq2SeqConfig } from '../../../common/configs/seq2seq.ts';
import type { Structure } from '../../runs/facets/structure.ts';
import { filedPart, recurrentLayers } from '../recurrent/structure.ts';

/** The boxes of a recurrent encoder-decoder's diagram. @param has whether the files have a tensor, by the family's name */
export function seq2seqStructure(config: Seq2SeqConfig, has: (name: string) => boolean): Structure {
  const { source, target, share_embeddings: isShared, bridge, attention, attentional } = config;
  const { encoder, decoder, all } = seq2seqTensors(config);
  const part = (about: Parameters<typeof filedPart>[0], prefix: string) =>
    filedPart(
      about,
      all.filter(({ name }) => name.startsWith(prefix)),
      has,
    );
  const table = ({ vocab_size: V, embedding_size: E }: Seq2SeqConfig['source'] | Seq2SeqConfig['target']) =>
    `${V} tokens × ${E}`;
  return {
    stacks: [
      {
        ...{ stack: 'encoder', side: 'source' },
        before: [
          part({ kind: 'embedding', title: 'embedding', detail: table(source) }, 'encoder.embedding.'),
        ],
        layers: recurrentLayers(config.encoder, encoder),
        after: [],
      },
      {
        ...{ stack: 'decoder', side: 'target' },
        before: [
          ...(bridge.kind === 'linear'
            ? [
                part(
                  { kind: 'bridge', title: 'bridge', detail: 'the encoder’s last states, linear' },
                  'bridge',
                ),
              ]
            : []),
          part(
            {
              ...{ kind: 'embedding', title: 'embedding' },
              detail: isShared ? `${target.vocab_size} tokens, the encoder’s table` : table(target),
            },
            'decoder.embedding.',
          ),
        ],
        layers: recurrentLayers(config.decoder, decoder),
        after: [
          ...(attention === null
            ? []
            : [part({ kind: 'cross-attention', title: 'attention', detail: attention.kind }, 'attention.')]),
          ...(attentional === null
            ? []
            : [
                part(
                  { kind: 'bridge', title: 'attentional vector', detail: 'tanh of state and context' },
                  'attentional.',
                ),
              ]),
          part({ kind: 'head', title: 'output head', detail: `${target.vocab_size} tokens` }, 'output.'),
        ],
      },
    ],
  };
}
