/** Special tokens around a text and around a pair. */
import type { Json } from '../../json.ts';
import type { Vocabulary } from './vocabulary.ts';

/** The special tokens that the file's flags ask for. */
export function around(vocabulary: Vocabulary, hasBos: boolean, hasEos: boolean): Json {
  const bos = hasBos ? vocabulary.special('bos') : null;
  const eos = hasEos ? vocabulary.special('eos') : null;
  const stretch = (id: 'A' | 'B', segment: number) => [
    ...(bos === null ? [] : [{ SpecialToken: { id: bos, type_id: segment } }]),
    { Sequence: { id, type_id: segment } },
    ...(eos === null ? [] : [{ SpecialToken: { id: eos, type_id: segment } }]),
  ];
  const used = [bos, eos].filter((token) => token !== null);
  return template(stretch('A', 0), [...stretch('A', 0), ...stretch('B', 1)], used, vocabulary.ids());
}

/** @param ids of the special tokens, and others */
export function template(
  single: Json[],
  pair: Json[],
  tokens: readonly string[],
  ids: ReadonlyMap<string, number>,
): Json {
  return {
    type: 'TemplateProcessing',
    single,
    pair,
    special_tokens: Object.fromEntries(
      tokens.map((token) => [token, { id: token, ids: [ids.get(token) ?? 0], tokens: [token] }]),
    ),
  };
}
