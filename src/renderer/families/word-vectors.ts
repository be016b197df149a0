import type { Gpu } from '../gpu/gpu.ts';
import { rowsOf, type GpuTensor } from '../gpu/tensor.ts';
import { cosines } from '../kernels/analysis/cosine.ts';
import type { Matrix } from '../kernels/matmul/weight.ts';
import { embedding } from '../kernels/rows/embedding.ts';
import { heldActivation, Holdings, largest } from '../runs/activations.ts';
import type { Activation, Run, Token } from '../runs/run.ts';
import { facetsOf } from '../runs/facet.ts';
import type { Prediction } from '../runs/facets/readout.ts';
import type { Tokenizer } from '../../common/text/tokenizer.ts';
import { defineFamily } from '../models/define-family.ts';
import type { Family, LoadedModel } from '../models/family.ts';
import type { RunInput } from '../runs/run-input.ts';
import { checkInput } from '../models/input.ts';
import { openConfiguredTokenizer } from '../models/recurrent/open-tokenizer.ts';
import { parseWordVectorsConfig, WORD_LIST, wordVectorsSpec } from '../../common/configs/word-vectors.ts';
import { WeightStore } from '../models/weight-store.ts';
import { unlistedVector } from '../models/word-vectors/subwords.ts';
import { parseTerms, signedSum } from '../models/word-vectors/analogy.ts';

/** A table of word vectors: neighbours of words, and of sums such as king − man + woman. */
export const wordVectors: Family = defineFamily({
  spec: wordVectorsSpec,
  parse: parseWordVectorsConfig,
  async tokenizer(source, { subwords }, signal) {
    const beyond = subwords === null ? null : unlisted;
    return new TermTokenizer(await openConfiguredTokenizer(source, WORD_LIST, signal, beyond));
  },
  async build({ gpu, source, config, check, about, onProgress, signal }) {
    const { vocabulary, width, subwords } = config;
    const store = new WeightStore(gpu, source, check.found);
    const table = store.matrix('embedding.weight', { float: true });
    await store.load(onProgress, signal);
    const stored = check.found.get('subword.weight');
    const parts =
      subwords === null || stored === undefined
        ? null
        : (word: string, stop: AbortSignal) =>
            unlistedVector(source, stored, { word, width, rules: subwords }, stop);
    return new WordVectors(gpu, about, table, vocabulary, width, store, parts);
  },
});

/** Words, those that are subtracted with a minus in front, and after a sum the token `=` that stands for it. */
class TermTokenizer implements Tokenizer {
  readonly mask = null;

  constructor(private readonly words: Tokenizer) {}

  get size(): number {
    return this.words.size;
  }

  async encode(text: string, signal?: AbortSignal): Promise<Token[]> {
    const { terms, isSum } = await parseTerms(text, this.words, signal);
    const tokens = terms.map(({ token, sign }) => (sign < 0 ? { ...token, text: `−${token.text}` } : token));
    return isSum && tokens.length > 0 ? [...tokens, sumToken] : tokens;
  }

  token(id: number): Token {
    return this.words.token(id);
  }

  dispose(): void {
    this.words.dispose();
  }
}

/** Stands for the sum of the words before it; its id is that of no word that is looked up. */
const sumToken: Token = { id: 0, text: '=', span: null, special: true };

/** A word that the table does not have, and that has a vector by its parts; its id is that of no word that is looked up. */
const unlisted = (text: string): Token => ({
  id: 0,
  text,
  span: null,
  special: false,
  word: true,
  unknown: true,
});

let runs = 0;

class WordVectors implements LoadedModel {
  readonly maxTokens = null;
  readonly bytes: number;

  constructor(
    private readonly gpu: Gpu,
    private readonly about: Run['model'],
    /** [V, D] */
    private readonly table: Matrix,
    private readonly vocabulary: number,
    private readonly width: number,
    private readonly store: WeightStore,
    /** The vector of a word that the table does not have; null: there are none. */
    private readonly unlistedVector:
      ((word: string, signal: AbortSignal) => Promise<Float32Array<ArrayBuffer>>) | null,
  ) {
    this.bytes = store.bytes;
  }

  async run(input: RunInput, signal: AbortSignal): Promise<Run> {
    signal.throwIfAborted();
    const { gpu, width: D } = this;
    const ids = checkInput(input, this.vocabulary, this.maxTokens);
    const T = ids.length;
    const holdings = new Holdings(gpu);
    try {
      const start = performance.now();
      const idTensor = holdings.tensor([T], 'word ids');
      gpu.upload(idTensor, ids);
      const vectors = holdings.tensor([T, D], 'word vectors');
      const { table } = this;
      await gpu.submit(
        'word vectors',
        (recorder) => embedding(recorder, { ids: idTensor, table, out: vectors }),
        {
          signal,
          profile: input.profile ?? null,
        },
      );
      for (const [t, { unknown, text }] of input.tokens.entries())
        if (unknown === true && this.unlistedVector !== null)
          gpu.upload(rowsOf(vectors, t, t + 1), await this.unlistedVector(text.replace(/^−/, ''), signal));
      if (input.tokens.at(-1) === sumToken && T > 1) {
        const rows = await gpu.read(rowsOf(vectors, 0, T - 1), signal);
        const signs = input.tokens.slice(0, -1).map(({ text }) => (text.startsWith('−') ? -1 : 1));
        gpu.upload(rowsOf(vectors, T - 1, T), signedSum(rows, signs, D));
      }
      await gpu.idle();
      gpu.assertAlive();
      signal.throwIfAborted();
      return this.#run(input, holdings, vectors, performance.now() - start);
    } catch (error) {
      holdings.dispose();
      throw error;
    }
  }

  dispose(): void {
    this.store.dispose();
  }

  #run(input: RunInput, holdings: Holdings, vectors: GpuTensor, milliseconds: number): Run {
    const { gpu } = this;
    const states: Activation = heldActivation(
      gpu,
      holdings,
      { kind: 'hidden_state', layer: 0, axes: ['token', 'unit'] },
      vectors,
    );
    return {
      id: --runs,
      gpu,
      model: this.about,
      text: input.text,
      tokens: input.tokens,
      sourceTokens: null,
      layers: 0,
      heads: 0,
      width: this.width,
      milliseconds,
      get bytes() {
        return holdings.bytes;
      },
      activations: new Map([[states.name, states]]),
      attention: [],
      facet: facetsOf({
        words: { vectors: (ids) => this.#vectorsOf(holdings, ids) },
        readout: {
          predicts: 'similar',
          logits: null,
          top: (position, k) => this.#nearest(input, holdings, vectors, position, k),
        },
      }),
      dispose: () => holdings.dispose(),
    };
  }

  /** Rows of the table. @throws RangeError for an id outside of it. */
  async #vectorsOf(holdings: Holdings, ids: readonly number[]): Promise<Float32Array<ArrayBuffer>> {
    holdings.assertAlive();
    if (ids.some((id) => !(id >= 0 && id < this.vocabulary)))
      throw new RangeError(`Words ${ids.join(', ')} of a table of ${this.vocabulary}.`);
    const { gpu, width } = this;
    const found = gpu.tensor([ids.length, width], 'vectors of words', 'scratch');
    const idTensor = gpu.tensor([ids.length], 'ids of words', 'scratch');
    try {
      gpu.upload(idTensor, Uint32Array.from(ids));
      await gpu.submit('vectors of words', (recorder) =>
        embedding(recorder, { ids: idTensor, table: this.table, out: found }),
      );
      return await gpu.read(found);
    } finally {
      gpu.release(found);
      gpu.release(idTensor);
    }
  }

  /** The words nearest to a position's vector by cosine, those of the text left out. */
  async #nearest(
    { tokens, vocabulary }: RunInput,
    holdings: Holdings,
    vectors: GpuTensor,
    position: number,
    k: number,
  ): Promise<readonly Prediction[]> {
    holdings.assertAlive();
    if (!(position >= 0 && position < tokens.length))
      throw new RangeError(`Position ${position} of a text of ${tokens.length} tokens.`);
    const { gpu } = this;
    const scores = gpu.tensor([this.vocabulary], 'cosines', 'scratch');
    try {
      await gpu.submit('neighbours', (recorder) =>
        cosines(recorder, this.table, rowsOf(vectors, position, position + 1), scores),
      );
      const values = await gpu.read(scores);
      const given = new Set(
        tokens.filter((token) => token !== sumToken && token.unknown !== true).map(({ id }) => id),
      );
      return largest(values, k + given.size)
        .filter(({ index }) => !given.has(index))
        .slice(0, k)
        .map(({ index, value }) => ({
          token: vocabulary(index),
          probability: Math.max(value, 0),
          logit: value,
        }));
    } finally {
      gpu.release(scores);
    }
  }
}
