/** Where a run stopped being numbers. */
import type { ApiError } from '../../common/contract.ts';
import { NONE, recordFirstInvalid } from '../kernels/rows/first-invalid.ts';
import { elements } from '../gpu/tensor.ts';
import { predictsOf, topOf } from './facets/readout.ts';
import type { ActivationKind } from './activation-names.ts';
import type { Activation, Run } from './run.ts';

/** The first activation of a run, in the order of the computation, that holds NaN or an infinity. */
export interface Invalid {
  readonly activation: string;
  /** In which part of the model: `in layer 3`, `in the output layer`. */
  readonly where: string;
  /** The first of its tokens; null: it is of the whole text. */
  readonly token: number | null;
}

/** What is handed on from layer to layer, or from step to step: what is no number in a layer shows in its states. */
const STATES: readonly ActivationKind[] = [
  'embeddings',
  'hidden_state',
  'cell',
  'attention_weights',
  'attention_context',
  'attention_vector',
];
/** What is made of the last states. */
const OUTPUTS: readonly ActivationKind[] = [
  'logits',
  'start_logits',
  'end_logits',
  'pooler_output',
  'sentence_embedding',
];
/** More would take as long as the run. */
const MOST_OUTPUTS = 2 ** 21;

/**
 * Looks through the states of every layer on the GPU, and where they are numbers, through the outputs.
 * @param mostOutputs values of an output that is computed to be looked through whole; of a larger one, the last token is
 * @returns null: all of them are numbers
 * @throws an AbortError when the run is disposed of meanwhile; `device-lost`
 */
export async function findInvalid(
  run: Pick<Run, 'gpu' | 'activations' | 'facet' | 'tokens'>,
  mostOutputs = MOST_OUTPUTS,
): Promise<Invalid | null> {
  const all = [...run.activations.values()];
  const state = await firstOf(
    run,
    all.filter(({ kind }) => STATES.includes(kind)),
  );
  if (state !== null) return state;
  const outputs = all.filter(({ kind }) => OUTPUTS.includes(kind));
  const large = ({ shape }: Activation) => elements(shape) > mostOutputs;
  const output = await firstOf(
    run,
    outputs.filter((activation) => !large(activation)),
  );
  return output ?? lastToken(run, outputs.find(large));
}

async function firstOf(
  run: Pick<Run, 'gpu' | 'facet'>,
  looked: readonly Activation[],
): Promise<Invalid | null> {
  if (looked.length === 0) return null;
  const { gpu } = run;
  const found = gpu.tensor([looked.length], 'first invalid rows', 'scratch');
  const leases: Awaited<ReturnType<Activation['lease']>>[] = [];
  try {
    gpu.upload(found, new Uint32Array(looked.length).fill(NONE));
    for (const activation of looked) leases.push(await activation.lease());
    await gpu.submit('first invalid rows', (recorder) => {
      for (const [slot, { tensor }] of leases.entries()) recordFirstInvalid(recorder, tensor, found, slot);
    });
    const rows = new Uint32Array(await gpu.readBytes(found.buffer, 0, looked.length * 4));
    const invalid = looked.flatMap((activation, slot) => {
      const row = rows[slot] ?? NONE;
      return row === NONE ? [] : [{ activation, row }];
    });
    const first = earliest(invalid);
    if (first === null) return null;
    const { activation, row } = first;
    const token = await tokenOf(activation, row);
    return { activation: activation.name, where: partOf(activation) + withNorm(run, activation), token };
  } finally {
    for (const { release } of leases) release();
    gpu.release(found);
  }
}

interface Found {
  readonly activation: Activation;
  readonly row: number;
}

/** Layers come one after another; a recurrent decoder goes through its layers and its attention step by step. */
function earliest(invalid: readonly Found[]): Found | null {
  const [first] = invalid;
  if (first === undefined || !isStepwise(first.activation)) return first ?? null;
  const steps = invalid.filter(({ activation }) => isStepwise(activation));
  return steps.reduce((a, b) => (b.row < a.row ? b : a));
}

function isStepwise({ kind, stack, direction }: Activation): boolean {
  return kind.startsWith('attention_') || (stack === 'decoder' && direction !== null);
}

/** The token that a row stands for. A layer that reads backwards comes to the last of its invalid rows first. */
async function tokenOf(activation: Activation, row: number): Promise<number | null> {
  const { axes, direction, shape } = activation;
  if (axes[0] !== 'token' && axes[0] !== 'source') return null;
  if (direction !== 'reverse') return row;
  const last = (await activation.read()).findLastIndex((value) => !Number.isFinite(value));
  return Math.floor(last / (shape.at(-1) ?? 1));
}

/** Looks at the logits of the last token alone. */
async function lastToken(
  run: Pick<Run, 'facet' | 'tokens'>,
  logits: Activation | undefined,
): Promise<Invalid | null> {
  const token = run.tokens.length - 1;
  if (logits === undefined || predictsOf(run) === null || token < 0) return null;
  const answers = await topOf(run, token, 1);
  const isNumber = answers.length > 0 && answers.every(({ logit }) => Number.isFinite(logit));
  return isNumber ? null : { activation: logits.name, where: partOf(logits), token };
}

/** The states after the last layer are those after the norm that many models have there. */
function withNorm(run: Pick<Run, 'facet'>, { kind, stack, layer }: Activation): string {
  const own = run.facet('structure')?.stacks.find((one) => one.stack === stack);
  const isLast = kind === 'hidden_state' && own !== undefined && layer === own.layers.length;
  return isLast && own.after.some((part) => part.kind === 'norm') ? ', or in the norm after it' : '';
}

function partOf({ kind, stack, layer, direction }: Activation): string {
  const of = stack === null ? '' : ` of the ${stack}`;
  if (kind === 'embeddings') return `in the embeddings${of}`;
  if (OUTPUTS.includes(kind)) return 'in the output layer';
  if (kind.startsWith('attention_') || layer === null) return 'in the attention';
  if (direction !== null) return `in layer ${layer}${of}`;
  // A Transformer's state 0 is what its first layer reads.
  return layer === 0 ? `in the embeddings${of}` : `in layer ${layer - 1}${of}`;
}

/** What users read about it. @param weights names of the model's tensors that hold NaN or infinities */
export function invalidNotice(
  { activation, where, token }: Invalid,
  weights: readonly string[] = [],
): ApiError {
  const place = token === null ? activation : `${activation}, token ${token}`;
  return {
    code: 'invalid-values',
    message: `This run is not a number from some place on: the first NaN or infinite value arises ${where} (${place}).`,
    hint:
      weights.length === 0
        ? 'The weights are finite, so a value overflowed: check the model in another type, such as float32.'
        : `The model’s own weights hold such values: ${namedFew(weights)}. Save it again from a good checkpoint.`,
  };
}

/** What is said of such a model before it is run. */
export function invalidWeights(weights: readonly string[]): string {
  const hold = weights.length === 1 ? 'The tensor' : 'Tensors';
  return `${hold} ${namedFew(weights)} ${weights.length === 1 ? 'holds' : 'hold'} NaN or infinite values.`;
}

function namedFew(names: readonly string[]): string {
  const named = names.slice(0, 3).map((name) => `“${name}”`);
  return `${named.join(', ')}${names.length > 3 ? ` and ${names.length - 3} more` : ''}`;
}
