import { idsOf, type Made } from './made-tokenizer.ts';
import { template } from './post-processor.ts';
import type { Vocabulary } from './vocabulary.ts';

/** BERT's WordPiece. llama.cpp marks beginnings of words with ▁; BERT marks what goes on with ##. */
export function wordPiece(vocabulary: Vocabulary): Made {
  const ids = vocabulary.idsOf(bertPiece);
  // An uncased vocabulary has no piece with a capital letter but its special ones.
  const isCased = hasCapitals(ids.keys());
  const cls = vocabulary.special('bos') ?? vocabulary.special('cls') ?? '[CLS]';
  const sep = vocabulary.special('seperator') ?? vocabulary.special('eos') ?? '[SEP]';
  const item = (id: string, segment: number) => ({ SpecialToken: { id, type_id: segment } });
  const text = (id: 'A' | 'B', segment: number) => ({ Sequence: { id, type_id: segment } });
  const single = [item(cls, 0), text('A', 0), item(sep, 0)];
  return {
    parts: {
      normalizer: {
        type: 'BertNormalizer',
        clean_text: true,
        handle_chinese_chars: true,
        strip_accents: null,
        lowercase: !isCased,
      },
      pre_tokenizer: { type: 'BertPreTokenizer' },
      post_processor: template(single, [...single, text('B', 1), item(sep, 1)], [cls, sep], ids),
      decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
      model: {
        type: 'WordPiece',
        unk_token: vocabulary.special('unknown') ?? '[UNK]',
        continuing_subword_prefix: '##',
        max_input_chars_per_word: 100,
        vocab: idsOf(vocabulary, ids),
      },
    },
    addsBos: true,
    addsEos: false,
    notes: [
      `The file does not say whether capital letters count; its pieces have ${isCased ? 'some, so they do' : 'none, so texts are lowercased'}.`,
    ],
  };
}

function hasCapitals(pieces: Iterable<string>): boolean {
  for (const piece of pieces) if (/^(##)?\p{Lu}/u.test(piece)) return true;
  return false;
}

function bertPiece(piece: string): string {
  if (piece.startsWith('▁')) return piece.slice(1);
  return /^\[.*\]$/s.test(piece) ? piece : `##${piece}`;
}
