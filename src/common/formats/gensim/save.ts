/** What helps where a file of gensim's can't be read. */
export const SAVE =
  'Save the vectors as text or binary instead: vectors.save_word2vec_format("vectors.bin", binary=True).';
