/** How the decoder's text is found: given, greedy or drawn token by token, or by beam search. */
import type { Gpu } from '../../gpu/gpu.ts';
import type { Profile } from '../../gpu/profile.ts';
import { rowsOf } from '../../gpu/tensor.ts';
import { Holdings } from '../../runs/activations.ts';
import type { DecodeOptions } from '../../runs/run-input.ts';
import type { GenerationConfig } from '../../../common/configs/generation-config.ts';
import { createSampler } from '../sample.ts';
import type { BeamNode } from '../seq2seq/beam.ts';
import { BeamPass } from './beam-pass.ts';
import { BeamSearch } from './beam-search.ts';
import { WritingRules } from '../transformer/rules.ts';
import { plainTokens } from '../transformer/embed.ts';
import { recordLogits } from '../transformer/stack.ts';
import { writeTokens } from '../transformer/write-tokens.ts';
import type { SourceKeys } from '../transformer/cross-attention.ts';
import { followedBy, submitParts } from '../transformer/submit-parts.ts';
import { TransformerPass } from '../transformer/transformer-pass.ts';
import { writingHead, type EncoderDecoder } from './encoder-decoder.ts';

export interface Writing {
  readonly gpu: Gpu;
  readonly model: EncoderDecoder;
  readonly generation: GenerationConfig;
  /** `V` of what is written. */
  readonly vocabulary: number;
  /** Where the slabs live. */
  readonly holdings: Holdings;
  readonly source: readonly SourceKeys[];
  readonly options: DecodeOptions;
  /** The start token, and what follows it by force. */
  readonly given: readonly number[];
  /** Tokens that the text has at most, the start token among them. */
  readonly most: number;
  /** True: nothing is written, what is given is all. */
  readonly isGiven: boolean;
  readonly signal: AbortSignal;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly profile?: Profile | null | undefined;
}

/** What is there after some tokens. */
export interface Written {
  readonly pass: TransformerPass;
  /** The decoder's tokens, from the start token on; all of them went through the decoder. */
  readonly ids: readonly number[];
  /** Every hypothesis of a beam search; null: there was none. */
  readonly tree: readonly BeamNode[] | null;
  /** Nothing follows. */
  readonly isLast: boolean;
}

/** Yields after what is given, and after each token that is found. */
export async function* write(writing: Writing): AsyncGenerator<Written, void> {
  const { options, isGiven } = writing;
  if (isGiven) yield await replay(writing, writing.given, null);
  else if ((options.beams ?? 1) > 1) yield* writeByBeams(writing);
  else yield* writeByToken(writing);
}

async function* writeByToken(writing: Writing): AsyncGenerator<Written, void> {
  const { gpu, generation, options, given, most, onProgress, signal, vocabulary } = writing;
  const pass = newPass(writing, { capacity: most, length: given.length });
  const tokens = writeTokens({
    ...{ gpu, vocabulary, given, most, signal, onProgress },
    forced: [],
    ends: generation.ends,
    rules: new WritingRules(generation, most),
    sample: createSampler(options),
    step: (text, first, logits) => step(writing, pass, text.slice(first), first, logits),
  });
  for await (const written of tokens) yield { ...written, pass, tree: null };
}

/** Finds the whole text first, then shows how it grows. */
async function* writeByBeams(writing: Writing): AsyncGenerator<Written, void> {
  const {
    gpu,
    options,
    generation,
    given,
    most,
    model,
    vocabulary: V,
    signal,
    profile,
    onProgress,
  } = writing;
  const beams = options.beams ?? 1;
  const scratch = new Holdings(gpu);
  const search = new BeamSearch({ ...generation, beams, most: most - 1 });
  try {
    const pass = new BeamPass(gpu, scratch, {
      stack: model.decoder,
      source: writing.source,
      capacity: most,
      rows: beams,
    });
    const logits = scratch.tensor([beams, V], 'logits of hypotheses');
    const rules = new WritingRules(generation, most);
    const [start = 0, ...prefix] = given;
    let tokens: readonly number[] = [start];
    let parents: readonly number[] = [0];
    for (let t = 0; t + 1 < most; t++) {
      const all = Array.from({ length: beams }, (_, row) => row);
      // Rows that no hypothesis uses repeat the first one.
      const from = all.map((row) => parents[row] ?? parents[0] ?? 0);
      pass.prepare(
        t,
        all.map((row) => tokens[row] ?? start),
        from,
      );
      await gpu.submit(
        'hypotheses',
        (recorder) => {
          pass.recordStep(
            recorder,
            t,
            from.some((parent, row) => parent !== row),
          );
          recordLogits(recorder, writingHead(model), pass.last, logits);
        },
        { signal, profile: profile ?? null },
      );
      const scores = logSoftmax(await gpu.read(logits, signal), V).subarray(0, tokens.length * V);
      onProgress?.(t + 1, most - 1);
      const forced = prefix[t];
      if (forced !== undefined) {
        search.give(forced, scores[forced] ?? -Infinity);
        tokens = [forced];
        parents = [0];
        continue;
      }
      for (const [row, text] of search.texts().entries())
        rules.apply([start, ...text], given.length, scores.subarray(row * V, (row + 1) * V));
      const next = search.advance(scores);
      if (next === null) break;
      ({ tokens, parents } = next);
    }
  } finally {
    scratch.dispose();
  }
  const whole = await replay(writing, [given[0] ?? 0, ...search.best()], search.nodes);
  for (let count = given.length; count <= whole.ids.length; count++)
    yield { ...whole, ids: whole.ids.slice(0, count), isLast: count === whole.ids.length };
}

/** All tokens at once. */
async function replay(
  writing: Writing,
  ids: readonly number[],
  tree: readonly BeamNode[] | null,
): Promise<Written> {
  const pass = newPass(writing, { capacity: ids.length, length: ids.length });
  await step(writing, pass, ids, 0, null);
  return { pass, ids, tree, isLast: true };
}

function newPass(
  { gpu, holdings, model, source }: Writing,
  size: { readonly capacity: number; readonly length: number },
): TransformerPass {
  return new TransformerPass(gpu, holdings, model.decoder, { ...size, source });
}

/** Tokens from position `first` on, and the logits after the last of them. */
async function step(
  { gpu, model, signal, profile }: Writing,
  pass: TransformerPass,
  ids: readonly number[],
  first: number,
  logits: Parameters<typeof recordLogits>[3] | null,
): Promise<void> {
  const end = first + ids.length;
  const tensor = gpu.tensor([ids.length], 'token ids', 'scratch');
  try {
    gpu.upload(tensor, Uint32Array.from(ids));
    const parts = followedBy(pass.parts(plainTokens(tensor, first)), (recorder) => {
      const last = pass.hidden.at(-1);
      if (logits !== null && last !== undefined)
        recordLogits(recorder, writingHead(model), rowsOf(last, end - 1, end), logits);
    });
    await submitParts(gpu, 'decoder', parts, { signal, profile: profile ?? null });
  } finally {
    gpu.release(tensor);
  }
}

/** log softmax of each row, [rows, V]. */
function logSoftmax(logits: Float32Array, V: number): Float32Array {
  const result = new Float32Array(logits.length);
  for (let from = 0; from < logits.length; from += V) {
    let top = -Infinity;
    for (let i = from; i < from + V; i++) top = Math.max(top, logits[i] ?? 0);
    let sum = 0;
    for (let i = from; i < from + V; i++) sum += Math.exp((logits[i] ?? 0) - top);
    const shift = top + Math.log(sum);
    for (let i = from; i < from + V; i++) result[i] = (logits[i] ?? 0) - shift;
  }
  return result;
}
