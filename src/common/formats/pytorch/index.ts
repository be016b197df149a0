import type { ByteSource } from '../../byte-source.ts';
import type { ApiError } from '../../contract.ts';
import { HeadgateError, quote } from '../../error.ts';
import { fileKind, KIND_BYTES, mayBeWeights } from '../../file-kind.ts';
import { fileIn, onlyOne, refuseStandIn } from '../folder-files.ts';
import type { Format, ModelFolder, StoredModel } from '../format.ts';
import { collectTensors } from './collect.ts';
import { readLegacyFile } from './legacy-file.ts';
import { placeTensors } from './place.ts';
import { plainSettings, settingsNotes } from './settings.ts';
import { joinParts, partsIn } from './parallel.ts';
import { readTorchIndex, readTorchSet } from './shards.ts';
import { completeSets } from '../safetensors/shards.ts';
import { readZipFile } from './zip-file.ts';

const NAMES = /\.(bin|pt|pth|th|ckpt|pkl|pickle|(pt|pth)\.tar)$/i;
const INDEX = '.bin.index.json';
/** What makes a quantised tensor of its integers. */
const QUANTISED = 'torch._utils._rebuild_qtensor';
/** What a Trainer writes beside a model. */
const BESIDE = /^(training_args|optimizer|scheduler|scaler|rng_state.*|random_states.*|golden.*)\.\w+$/i;

/** What `torch.save` writes: state dicts, checkpoints and whole modules, with and without an index of shards. */
export const format: Format = {
  id: 'pytorch',
  rank: 20,

  async claims(folder, wanted) {
    if (wanted !== null)
      return wanted.endsWith(INDEX) || (await isTorch(folder, wanted)) || (await isArchive(folder, wanted))
        ? wanted
        : null;
    for (const usual of ['pytorch_model.bin', `pytorch_model${INDEX}`])
      if (folder.names.includes(usual) && (usual.endsWith(INDEX) || (await isTorch(folder, usual))))
        return usual;
    const index = folder.names.find((name) => name.endsWith(INDEX));
    if (index !== undefined) return index;
    const [set, ...otherSets] = shardSets(folder);
    if (set?.[0] !== undefined && otherSets.length === 0 && (await isTorch(folder, set[0]))) return set[0];
    const [part] = partsIn(folder.name, folder.names);
    if (part !== undefined) return part;
    const files: string[] = [];
    for (const name of folder.names)
      if (!BESIDE.test(name) && (await isTorch(folder, name))) files.push(name);
    if (files.length === 0) await refuseStates(folder);
    return onlyOne(folder, files);
  },

  async read(folder, entry) {
    const source = await fileIn(folder, entry);
    if (entry.endsWith(INDEX)) return readTorchIndex(folder, source, readTorchFile);
    const set = shardSets(folder).find((names) => names.length > 1 && names.includes(entry));
    if (set !== undefined) return readTorchSet(folder, set, readTorchFile);
    const parts = partsIn(folder.name, folder.names);
    if (!parts.includes(entry)) return readTorchFile(source);
    const stored: StoredModel[] = [];
    // One after another: a pickle is read whole.
    for (const part of parts) stored.push(await readTorchFile(await fileIn(folder, part)));
    return joinParts(parts, stored);
  },
};

function shardSets({ names }: ModelFolder): string[][] {
  return completeSets(names, '.bin');
}

/** True for what its first bytes tell as PyTorch's, under a name that it has. */
async function isTorch(folder: ModelFolder, name: string): Promise<boolean> {
  const source = NAMES.test(name) ? await folder.file(name) : null;
  if (source === null) return false;
  return isTorchFile(name, await source.read(0, Math.min(source.size, KIND_BYTES)));
}

/** True for what today's PyTorch wrote, under any name. */
async function isArchive(folder: ModelFolder, name: string): Promise<boolean> {
  const source = await folder.file(name);
  if (source === null) return false;
  return fileKind('', await source.read(0, Math.min(source.size, KIND_BYTES))).what === 'PyTorch weights';
}

/**
 * Of a folder that has nothing but what stands beside a model.
 * @throws HeadgateError `no-weights`
 */
async function refuseStates(folder: ModelFolder): Promise<void> {
  const isOther = folder.names.some((name) => mayBeWeights(name) && !BESIDE.test(name));
  for (const name of isOther ? [] : folder.names)
    if (BESIDE.test(name) && (await isTorch(folder, name)))
      throw new HeadgateError(
        'no-weights',
        `${quote(folder.name)} holds what a training keeps beside its model (${quote(name)}), and no model.`,
        'Open the folder that the model was saved in, or name the file itself to look at its tensors.',
      );
}

function isTorchFile(name: string, head: Uint8Array): boolean {
  return fileKind(name, head).what.startsWith('PyTorch weights');
}

/** @throws HeadgateError naming the file, the tensor and the rule. */
async function readTorchFile(source: ByteSource): Promise<StoredModel> {
  await refuseStandIn(source);
  const [first] = await source.read(0, Math.min(1, source.size));
  const { root, builder, find } = await (first === 0x80 ? readLegacyFile(source) : readZipFile(source));
  const { tensors, notes, settings } = collectTensors(source.name, root, builder.refused);
  const placed = placeTensors(source.name, tensors, find);
  return {
    files: new Map([[source.name, source], ...placed.sources]),
    tensors: placed.tensors,
    settings: plainSettings(settings),
    notes: [...notes, ...placed.notes, ...settingsNotes(settings)],
    ...(builder.refused.has(QUANTISED) && { refusal: quantised(source.name) }),
  };
}

function quantised(file: string): ApiError {
  return new HeadgateError(
    'quantised',
    `${quote(file)} holds tensors that PyTorch quantised (torch.ao.quantization), which Headgate does not run.`,
    'Save the model as it was before it was quantised: torch.save(model.state_dict(), "model.pt").',
  ).toJSON();
}
