/** ‖∂logit/∂x_t‖ of Transformers. Shapes: T tokens, n of them that the output depends on, D width, E embedding width. */
import type { Gpu } from '../../../gpu/gpu.ts';
import type { GpuTensor } from '../../../gpu/tensor.ts';
import { recordRowNorms } from '../../../kernels/rows/row-norms.ts';
import { Holdings } from '../../../runs/activations.ts';
import type { InputGradientOptions, InputGradients } from '../../../runs/facets/input-gradient.ts';
import type { Token } from '../../../runs/run.ts';
import { embeddedTokens } from '../embedded-tokens.ts';
import type { TransformerPass } from '../transformer-pass.ts';
import { seed, stateOf, type Answer } from './answer.ts';
import { backThroughEmbedding, backThroughLayers, type BackwardPass } from './pass.ts';

export interface OneStack {
  readonly gpu: Gpu;
  /** The run's own, which must be there. */
  readonly holdings: Holdings;
  readonly pass: TransformerPass;
  readonly answer: Answer;
  readonly tokens: readonly Token[];
}

/** Of a Transformer of one stack: of its next token, or of the token at a place. */
export function inputGradientsOf(one: OneStack): InputGradients {
  const { gpu, holdings, pass, tokens } = one;
  return {
    sides: ['target'],
    async of(asked, options = {}) {
      const { onProgress = () => undefined } = options;
      holdings.assertAlive();
      const scratch = new Holdings(gpu);
      try {
        const spoken = stateOf(one.answer, asked, tokens.length);
        const n = tokensBefore(pass, spoken, tokens.length);
        const layers = pass.stack.layers.length;
        let done = 0;
        const back = backwardPass(one, scratch, n, options, () => onProgress(++done / layers));
        const last = zeros(gpu, scratch, [n, pass.stack.width]);
        await seed(back, one.answer, asked.output, spoken, last);
        const norms = await embeddingNorms(back, tokens, await backThroughLayers(back, last));
        holdings.assertAlive();
        return [{ side: 'target', tokens, norms }];
      } finally {
        scratch.dispose();
      }
    },
  };
}

/** What an encoder-decoder is derived through. */
export interface TwoStacks {
  readonly gpu: Gpu;
  readonly holdings: Holdings;
  readonly encoder: TransformerPass;
  readonly decoder: TransformerPass;
  readonly answer: Answer;
  readonly source: readonly Token[];
  /** What the decoder read. */
  readonly tokens: readonly Token[];
}

/** Of an encoder-decoder: of the token that follows a place of the decoder. */
export function bothInputGradientsOf(both: TwoStacks): InputGradients {
  const { gpu, holdings, encoder, decoder, source, tokens } = both;
  return {
    sides: ['source', 'target'],
    async of(asked, options = {}) {
      const { onProgress = () => undefined } = options;
      holdings.assertAlive();
      const scratch = new Holdings(gpu);
      try {
        const spoken = stateOf(both.answer, asked, tokens.length);
        const n = tokensBefore(decoder, spoken, tokens.length);
        const layers = encoder.stack.layers.length + decoder.stack.layers.length;
        let done = 0;
        const onLayer = () => onProgress(++done / layers);
        const one = { ...both, pass: decoder };
        const byStates = zeros(gpu, scratch, [source.length, encoder.stack.width]);
        const back = { ...backwardPass(one, scratch, n, options, onLayer), source: byStates };
        const last = zeros(gpu, scratch, [n, decoder.stack.width]);
        await seed(back, both.answer, asked.output, spoken, last);
        const read = await embeddingNorms(back, tokens, await backThroughLayers(back, last));
        const first = backwardPass({ ...both, pass: encoder }, scratch, source.length, options, onLayer);
        const heard = await embeddingNorms(first, source, await backThroughLayers(first, byStates));
        holdings.assertAlive();
        return [
          { side: 'source', tokens: source, norms: heard },
          { side: 'target', tokens, norms: read },
        ];
      } finally {
        scratch.dispose();
      }
    },
  };
}

/** Tokens that an output can depend on: of a causal stack none behind it, unless a head has its mean over the text in its place. */
function tokensBefore({ stack, edits }: TransformerPass, spoken: number | 'mean', T: number): number {
  const isMixed = spoken === 'mean' || edits.heads.some(({ factor }) => factor === 'mean');
  return stack.causal && !isMixed ? Math.min(spoken + 1, T) : T;
}

function backwardPass(
  { gpu, pass }: Pick<OneStack, 'gpu' | 'pass'>,
  holdings: Holdings,
  tokens: number,
  { signal }: InputGradientOptions,
  onLayer: () => void,
): BackwardPass {
  return { gpu, holdings, pass, tokens, signal, onLayer };
}

function zeros(gpu: Gpu, holdings: Pick<Holdings, 'tensor'>, shape: readonly [number, number]): GpuTensor {
  const tensor = holdings.tensor(shape, 'gradient');
  gpu.upload(tensor, new Float32Array(shape[0] * shape[1]));
  return tensor;
}

/** ‖∂logit/∂x_t‖, [T]: 0 behind the n tokens that the output depends on. */
async function embeddingNorms(
  back: BackwardPass,
  tokens: readonly Token[],
  first: GpuTensor,
): Promise<Float32Array<ArrayBuffer>> {
  const { gpu, holdings, pass, tokens: n, signal } = back;
  const own = embeddedTokens(gpu, holdings, pass.stack.embedding, tokens.slice(0, n), 0);
  const gradient = await backThroughEmbedding(back, own, first);
  const norms = holdings.tensor([n], 'norms');
  await gpu.submit('norms', (recorder) => recordRowNorms(recorder, gradient, norms));
  const found = new Float32Array(tokens.length);
  found.set(await gpu.read(norms, signal));
  return found;
}
