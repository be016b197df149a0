import type { ByteSource } from '../../byte-source.ts';
import { HeadgateError, quote } from '../../error.ts';
import { CONFIG_VALUES, isObject, parseJson } from '../../json.ts';
import { fileIn, onlyOne } from '../folder-files.ts';
import type { Format, ModelFolder, StoredModel, StoredTensor } from '../format.ts';
import { readHdf5 } from '../hdf5/file.ts';
import type { Hdf5Object } from '../hdf5/object.ts';
import { arrange } from '../recurrent/arrange.ts';
import { configOf, corrected, notRun, Unfit, vocabularyNote } from '../recurrent/network.ts';
import { readZip } from '../zip/archive.ts';
import { memberSource } from '../zip/member.ts';
import { GUESSED, guessLayers, type Group } from './guess.ts';
import { layersOf } from './layers.ts';
import { networkOf, type KerasNetwork } from './model.ts';
import {
  groupWeights,
  legacyLayers,
  legacyRoot,
  legacyWeights,
  newerGroups,
  newerWeights,
} from './stored.ts';
import { hardSigmoidOf, type HardSigmoid } from './version.ts';

const ARCHIVE = /\.keras$/i;
const FILE = /\.(h5|hdf5)$/i;
/** States of the training. */
const OPTIMIZER = /^(optimizer|optimizer_weights|_optimizer|seed_generator)(\/|$)|(^|\/)seed_generator\//;
const MAX_CONFIG = 16 * 2 ** 20;
/** Files beside weights that are looked into for a config. */
const MOST_JSON = 8;
const MODEL_JSON = /^(?!tokenizer|vocab|special_tokens|added_tokens).*\.json$/i;
/** Bytes of weights that are kept unpacked; Keras itself writes them unpacked. */
const MAX_UNPACKED = 16 * 2 ** 20;

/** Models and weights of Keras 2 and 3. */
export const format: Format = {
  id: 'keras',
  rank: 50,

  claims(folder, wanted) {
    if (wanted !== null) return Promise.resolve(ARCHIVE.test(wanted) || FILE.test(wanted) ? wanted : null);
    const [archives, others] = [ARCHIVE, FILE].map((ending) =>
      folder.names.filter((name) => ending.test(name)),
    );
    return Promise.resolve(onlyOne(folder, archives ?? []) ?? onlyOne(folder, others ?? []));
  },

  async read(folder, entry) {
    const source = await fileIn(folder, entry);
    if (!ARCHIVE.test(entry)) return storedOf(folder, source, await readHdf5(source), NO_TEXTS, source);
    const members = await readZip(source);
    const weights = members.get('model.weights.h5');
    if (weights === undefined)
      throw new HeadgateError(
        'keras-no-weights',
        `${quote(entry)} has no member "model.weights.h5", which holds the weights of a Keras model.`,
        'Save the model again: model.save("model.keras").',
      );
    const member = members.get('config.json');
    const config = member === undefined ? null : memberSource(source, member, `${entry}/config.json`);
    const about = members.get('metadata.json');
    const packed = memberSource(source, weights, `${entry}/model.weights.h5`);
    const file = weights.isDeflated ? await unpacked(entry, packed) : packed;
    return storedOf(
      folder,
      file,
      await readHdf5(file),
      {
        config: config === null ? null : await readConfig(config),
        version:
          about === undefined ? null : await versionIn(memberSource(source, about, `${entry}/metadata.json`)),
      },
      source,
    );
  },
};

/** A packed file can only be read from front to back, and HDF5 is read in any order: it is unpacked once. */
async function unpacked(entry: string, packed: ByteSource): Promise<ByteSource> {
  const { name, size } = packed;
  if (size > MAX_UNPACKED)
    throw new HeadgateError(
      'keras-packed',
      `${quote(entry)} has its weights compressed, ${size} bytes when they are unpacked; the limit is ${MAX_UNPACKED}.`,
      'Unpack the archive and open its model.weights.h5, with its config.json beside it.',
    );
  const bytes = await packed.read(0, size);
  return { name, size, read: (begin, end) => Promise.resolve(bytes.slice(begin, end)) };
}

async function readConfig(source: ByteSource): Promise<string> {
  if (source.size > MAX_CONFIG)
    throw badConfig(source.name, `has ${source.size} bytes; the limit is ${MAX_CONFIG}`);
  return new TextDecoder().decode(await source.read(0, source.size));
}

function badConfig(name: string, what: string): HeadgateError {
  return new HeadgateError('keras-config', `${quote(name)} ${what}.`, 'Save the model again with Keras.');
}

type Objects = ReadonlyMap<string, Hdf5Object>;

/** What Keras 3 keeps beside the weights; null: it stands in an attribute, or nowhere. */
interface Texts {
  readonly config: string | null;
  readonly version: string | null;
}
const NO_TEXTS: Texts = { config: null, version: null };

/** `keras_version` of an archive's metadata.json; null: it says none. */
async function versionIn(source: ByteSource): Promise<string | null> {
  const metadata = parsed(source.name, await readConfig(source));
  const version = isObject(metadata) ? metadata['keras_version'] : null;
  return typeof version === 'string' ? version : null;
}

async function storedOf(
  folder: ModelFolder,
  file: ByteSource,
  objects: Objects,
  texts: Texts,
  outer: ByteSource,
): Promise<StoredModel> {
  const files = new Map<string, ByteSource>([[outer.name, outer]]);
  if (file !== outer) files.set(file.name, file);
  const { tensors, left } = tensorsOf(file, objects, files);
  if (tensors.size === 0)
    throw new HeadgateError(
      'no-tensors',
      `${quote(outer.name)} holds no weights.${left.length > 0 ? ` ${left[0] ?? ''}` : ''}`,
      'Save the model with its weights: model.save("model.keras").',
    );
  const notes = [...left];
  const attributes = objects.get('')?.attributes;
  const stored = attributes?.get('model_config');
  const written = texts.config ?? (typeof stored === 'string' ? stored : await besideConfig(folder));
  const model = written === null ? null : parsed(outer.name, written);
  const hard = hardSigmoidOf(
    [texts.version, attributes?.get('keras_version'), isObject(model) ? model['keras_version'] : null],
    model,
  );
  try {
    const {
      network,
      tensors: arranged,
      idle,
      notes: own,
    } = model === null ? guessed(objects, tensors, hard) : described(model, objects, tensors, hard);
    const { config, notes: more } = configOf(network);
    if (model === null) notes.push(GUESSED);
    if (idle.length > 0) notes.push(`Left aside, since they only act in training: ${listed(idle)}.`);
    notes.push(
      'Kernels were turned to PyTorch’s [outputs, inputs], gates put in its order, and names given that docs/custom-models.md has.',
      ...own,
      ...more,
      vocabularyNote(folder.names, network.vocabulary),
    );
    return {
      files,
      tensors: arrange(files, outer.name, arranged),
      config: await corrected(folder, config),
      notes,
    };
  } catch (error) {
    if (!(error instanceof Unfit)) throw error;
    return {
      files,
      tensors: [...tensors.values()],
      notes,
      refusal: notRun(
        outer.name,
        `${isKeras(objects, model) ? 'This Keras model is not run' : 'It does not say that it is a model of Keras'}. ${error.message}`,
      ),
    };
  }
}

/** False for arrays that another program put into an HDF5 file. */
function isKeras(objects: Objects, model: unknown): boolean {
  const marks = ['keras_version', 'layer_names', 'backend'];
  return (
    model !== null ||
    marks.some((mark) => objects.get('')?.attributes.has(mark)) ||
    [...objects.keys()].some((path) => /(^|\/)(vars|layers|model_weights)(\/|$)/.test(path))
  );
}

const listed = (names: readonly string[]) =>
  names.length > 8 ? `${names.slice(0, 8).join(', ')} and ${names.length - 8} more` : names.join(', ');

function parsed(name: string, text: string): unknown {
  try {
    return parseJson(text, CONFIG_VALUES);
  } catch (error) {
    throw badConfig(name, `holds a config that ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** What model.to_json() gives, kept as a `.json` beside a file of weights; null: there is none, or more than one. */
async function besideConfig(folder: ModelFolder): Promise<string | null> {
  const found: string[] = [];
  for (const name of folder.names.filter((one) => MODEL_JSON.test(one)).slice(0, MOST_JSON)) {
    const source = await folder.file(name);
    if (source === null || source.size > MAX_CONFIG) continue;
    const text = await readConfig(source);
    if (isModelJson(text)) found.push(text);
  }
  return found.length === 1 ? (found[0] ?? null) : null;
}

function isModelJson(text: string): boolean {
  try {
    const config = parseJson(text, CONFIG_VALUES);
    return isObject(config) && 'class_name' in config && 'config' in config;
  } catch {
    return false;
  }
}

function described(
  model: unknown,
  objects: Objects,
  tensors: ReadonlyMap<string, StoredTensor>,
  hard: HardSigmoid,
): KerasNetwork {
  const layers = layersOf(model);
  const root = legacyRoot(objects);
  const newer = root === null ? newerWeights(objects, layers) : [];
  const weightsOf = (index: number) => {
    const paths = root === null ? newer[index] : legacyWeights(objects, root, layers[index]?.name ?? '');
    return weightsAt(paths ?? [], tensors);
  };
  return networkOf(layers, weightsOf, hard);
}

function guessed(
  objects: Objects,
  tensors: ReadonlyMap<string, StoredTensor>,
  hard: HardSigmoid,
): KerasNetwork {
  const root = legacyRoot(objects);
  const groups: Group[] =
    root === null
      ? newerGroups(objects).map((path) => ({
          name: path,
          weights: weightsAt(groupWeights(objects, path), tensors),
        }))
      : legacyLayers(objects, root).map((name) => ({
          name,
          weights: weightsAt(legacyWeights(objects, root, name), tensors),
        }));
  const found = guessLayers(groups);
  return networkOf(
    found.map(({ layer }) => layer),
    (index) => found[index]?.group.weights ?? [],
    hard,
  );
}

/** @throws Unfit for a weight that the file lists and does not hold */
function weightsAt(paths: readonly string[], tensors: ReadonlyMap<string, StoredTensor>): StoredTensor[] {
  return paths.map((path) => {
    const tensor = tensors.get(path);
    if (tensor === undefined)
      throw new Unfit(`The weight “${path.slice(-120)}” is listed, but is no tensor of the file.`);
    return tensor;
  });
}

/** Every dataset of numbers by its path, without the states of an optimizer. */
function tensorsOf(
  file: ByteSource,
  objects: Objects,
  files: Map<string, ByteSource>,
): { readonly tensors: ReadonlyMap<string, StoredTensor>; readonly left: readonly string[] } {
  const tensors = new Map<string, StoredTensor>();
  const left: string[] = [];
  let states = 0;
  for (const { path, dataset } of objects.values()) {
    if (dataset === null) continue;
    const { type, shape, begin, source } = dataset;
    if (OPTIMIZER.test(path)) states++;
    else if (type.dtype === null) left.push(`${quote(path)} was left out: it holds ${type.words}.`);
    else {
      if (source !== null) files.set(source.name, source);
      const size = shape.reduce((product, one) => product * one, type.size);
      const at = begin ?? 0;
      tensors.set(path, {
        name: path,
        dtype: type.dtype,
        shape: [...shape],
        file: source?.name ?? file.name,
        begin: at,
        end: at + size,
      });
    }
  }
  if (states > 0) left.push(`${states} tensors of the training (optimizer, random seeds) were left aside.`);
  return { tensors, left };
}
