import type { ByteSource } from '../../byte-source.ts';
import { HeadgateError, quote } from '../../error.ts';
import { fileIn, onlyOne } from '../folder-files.ts';
import type { Format, StoredTensor } from '../format.ts';
import { arrange } from '../recurrent/arrange.ts';
import { configOf, corrected, notRun, Unfit, vocabularyNote } from '../recurrent/network.ts';
import { networkOf } from './graph.ts';
import { readOnnx, type OnnxModel } from './model.ts';
import { WireFile } from './wire.ts';

/** Types that weights have. */
const FLOATS: ReadonlySet<string> = new Set(['F32', 'F16', 'BF16', 'F64']);
const FILE = /\.onnx$/i;

/** ONNX: recurrent networks run, of other graphs the tensors are shown. */
export const format: Format = {
  id: 'onnx',
  rank: 60,

  claims(folder, wanted) {
    if (wanted !== null) return Promise.resolve(FILE.test(wanted) ? wanted : null);
    const files = folder.names.filter((name) => FILE.test(name));
    return Promise.resolve(onlyOne(folder, files));
  },

  async read(folder, entry) {
    const source = await fileIn(folder, entry);
    const files = new Map<string, ByteSource>([[source.name, source]]);
    const model = await readOnnx(new WireFile(source), folder, (made) => files.set(made.name, made));
    const { tensors, notes } = shownOf(model);
    try {
      const { network, tensors: arranged } = await networkOf(model, files);
      const { config, notes: more } = configOf(network);
      return {
        files,
        tensors: arrange(files, entry, arranged),
        config: await corrected(folder, config),
        notes: [
          ...notes,
          'The graph is embedding → recurrent → linear: its weights were put in PyTorch’s order of gates, under the names that docs/custom-models.md has.',
          ...more,
          vocabularyNote(folder.names, network.vocabulary),
        ],
      };
    } catch (error) {
      if (!(error instanceof Unfit)) throw error;
      const why = /^[A-Z]/.test(error.message)
        ? error.message.replace(/\.$/, '')
        : `this one is another: ${error.message}`;
      if (tensors.length > 0)
        return {
          files,
          tensors,
          notes,
          refusal: notRun(
            entry,
            `Of ONNX, graphs of the form embedding → LSTM, GRU or RNN → linear are run; ${why}.`,
          ),
        };
      throw new HeadgateError(
        'no-tensors',
        `${quote(entry)} holds no weights, only a graph.`,
        'Export the model with its weights: torch.onnx.export(model, …, export_params=True).',
      );
    }
  },
};

/** All tensors of the graph by name, as they are; of constants those that may be weights. */
function shownOf({ tensors, constants }: OnnxModel): {
  readonly tensors: StoredTensor[];
  readonly notes: string[];
} {
  const shown: StoredTensor[] = [];
  const notes: string[] = [];
  for (const { name, stored, words } of tensors.values()) {
    if (stored !== null) shown.push({ ...stored, name });
    else notes.push(`The tensor ${quote(name)} was left out: it holds ${words}.`);
  }
  for (const { name, stored, shape } of constants.values())
    if (stored !== null && shape.length > 0 && FLOATS.has(stored.dtype) && !tensors.has(name))
      shown.push({ ...stored, name });
  return { tensors: shown, notes };
}
