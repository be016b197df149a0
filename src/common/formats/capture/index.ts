import { HeadgateError, quote } from '../../error.ts';
import { CAPTURE_TYPE } from '../../configs/capture.ts';
import { fileIn } from '../folder-files.ts';
import type { Format, ModelFolder, StoredModel, StoredTensor } from '../format.ts';
import { format as numpy } from '../numpy/index.ts';
import { readNpyTexts } from '../numpy/texts.ts';
import { readSafetensors } from '../safetensors/file.ts';
import { beyondGap, checkActivations, hasSource, isOutputName, lengthsOf, named } from './activations.ts';
import { labelsOf, type CapturedLabels } from './labels.ts';
import { MOST_TOKENS, tokensOf, unnamed, type CapturedToken } from './tokens.ts';

const SAFETENSORS = /\.safetensors$/i;
const ARRAYS = /\.npz$/i;

/**
 * A run that was written to a file: `headgate capture`'s of all versions, those of headgate-export's `save_capture`, and
 * `.npz` with Hugging Face's names of outputs. It opens as a run without a model.
 */
export const format: Format = {
  id: 'capture',
  // Before the formats of weights, whose files it takes when they say that they are captures.
  rank: -10,

  async claims(folder, wanted) {
    const entry = wanted ?? onlyFile(folder);
    if (entry === null) return null;
    try {
      if (SAFETENSORS.test(entry))
        return (await metadataOf(folder, entry))?.has('tokens') === true ? entry : null;
      if (ARRAYS.test(entry))
        return (await numpy.read(folder, entry)).tensors.some(({ name }) => isOutputName(name))
          ? entry
          : null;
    } catch {
      // Whoever reads such files says what is wrong with it.
    }
    return null;
  },

  async read(folder, entry) {
    return ARRAYS.test(entry) ? readArrays(folder, entry) : readTensors(folder, entry);
  },
};

/** The one file of a folder that has no config: with one, it is a model with a capture beside it. */
function onlyFile({ names }: ModelFolder): string | null {
  if (names.includes('config.json')) return null;
  const files = names.filter((name) => SAFETENSORS.test(name) || ARRAYS.test(name));
  return files.length === 1 ? (files[0] ?? null) : null;
}

/** What a safetensors file says of itself, if it says that it is a capture. */
async function metadataOf(folder: ModelFolder, entry: string): Promise<ReadonlyMap<string, string> | null> {
  const source = await folder.file(entry);
  if (source === null) return null;
  const { metadata } = await readSafetensors(source);
  return metadata.has('headgate') ? metadata : null;
}

async function readTensors(folder: ModelFolder, entry: string): Promise<StoredModel> {
  const source = await fileIn(folder, entry);
  const { tensors, metadata } = await readSafetensors(source);
  const field = (name: string) => metadata.get(name) ?? null;
  const tokens = tokensOf(entry, 'tokens', field('tokens') ?? '');
  const sourceJson = field('source_tokens');
  const sourceTokens = sourceJson === null ? null : tokensOf(entry, 'source_tokens', sourceJson);
  const stored = { files: new Map([[source.name, source]]), tensors, metadata };
  return capture(entry, stored, tokens, sourceTokens, {
    labels: labelsOf(entry, metadata, tensors.flatMap(named)),
    text: field('text'),
    model: field('model'),
    config: field('config'),
  });
}

async function readArrays(folder: ModelFolder, entry: string): Promise<StoredModel> {
  const stored = await numpy.read(folder, entry);
  const tensors = stored.tensors.flatMap(named);
  const { T, S } = lengthsOf(tensors);
  if (T === null && S === null)
    throw new HeadgateError(
      'capture-empty',
      `${quote(entry)} holds outputs, but none that tells how long the text was.`,
      'Save hidden_states.0 … as [T, D], attentions.0 … as [H, T, T] or logits as [T, V].',
    );
  const longest = Math.max(T ?? 0, S ?? 0);
  if (longest > MOST_TOKENS)
    throw new HeadgateError(
      'capture-tokens',
      `${quote(entry)} holds outputs of ${longest} tokens; the limit is ${MOST_TOKENS}.`,
      'Save outputs as [T, D], attentions as [H, T, T] and logits as [T, V], T tokens each.',
    );
  const texts = await readNpyTexts(folder, entry, ['tokens', 'source_tokens']);
  const notes: string[] = [];
  const side = async (count: number, words: string, ids: string): Promise<CapturedToken[]> => {
    const list = texts.get(words);
    if (list?.length === count) return list.map((text, id) => ({ id, text, special: false }));
    if (list !== undefined)
      notes.push(
        `The array ${quote(words)} has ${list.length} texts for ${count} tokens, so it is not used.`,
      );
    return unnamed(count, await integers(stored, ids, count));
  };
  const tokens = await side(T ?? 0, 'tokens', T === S || S === null ? 'input_ids' : 'decoder_input_ids');
  const sourceTokens = S === null ? null : await side(S, 'source_tokens', 'input_ids');
  return capture(entry, stored, tokens, sourceTokens, { text: null, model: null, config: null, notes });
}

/** Whole numbers of a small array; null: it is not there, or of another length. */
async function integers(
  { tensors, files }: StoredModel,
  name: string,
  count: number,
): Promise<number[] | null> {
  const tensor = tensors.find((one) => one.name === name);
  const source = tensor === undefined ? undefined : files.get(tensor.file);
  const length = tensor?.shape.reduce((product, size) => product * size, 1);
  if (tensor === undefined || source === undefined || length !== count || count > MOST_TOKENS) return null;
  const bytes = (await source.read(tensor.begin, tensor.end)).slice().buffer;
  const values =
    tensor.dtype === 'I64'
      ? [...new BigInt64Array(bytes)].map(Number)
      : tensor.dtype === 'I32'
        ? [...new Int32Array(bytes)]
        : null;
  return values?.every((value) => Number.isSafeInteger(value) && value >= 0) === true ? values : null;
}

/**
 * The run as a model whose only text is its own.
 * @param given the source's tokens
 * @throws HeadgateError of `checkActivations`
 */
function capture(
  entry: string,
  stored: StoredModel,
  tokens: readonly CapturedToken[],
  given: readonly CapturedToken[] | null,
  about: {
    readonly text: string | null;
    readonly model: string | null;
    readonly config: string | null;
    /** What its outputs are, where they are labels. */
    readonly labels?: CapturedLabels | null;
    /** On how the tokens were found. */
    readonly notes?: readonly string[];
  },
): StoredModel {
  const tensors: StoredTensor[] = stored.tensors.flatMap(named);
  checkActivations(entry, tensors, { T: tokens.length, S: given?.length ?? null });
  // An encoder that reads the same text.
  const sourceTokens = given ?? (hasSource(tensors) ? tokens : null);
  const typed = sourceTokens ?? tokens;
  const gaps = beyondGap(tensors).map(({ name }) => name);
  return {
    ...stored,
    tensors,
    config: {
      model_type: CAPTURE_TYPE,
      tokens,
      source_tokens: sourceTokens,
      text:
        about.text ??
        typed
          .filter(({ special }) => !special)
          .map(({ text }) => text)
          .join(''),
      captured_model: about.model,
      captured_config: about.config,
      captured_labels: about.labels ?? null,
    },
    notes: [
      ...(stored.notes ?? []),
      ...(about.notes ?? []),
      ...(gaps.length === 0
        ? []
        : [
            `Layers are counted from 0 without a gap, so the views of a run leave out ${gaps.slice(0, 3).map(quote).join(', ')}${gaps.length > 3 ? ` and ${gaps.length - 3} more` : ''}.`,
          ]),
      about.model === null
        ? 'A captured run: there is no model behind it, and its text can’t be changed.'
        : `A captured run of ${about.model}: there is no model behind it, and its text can’t be changed.`,
    ],
  };
}
