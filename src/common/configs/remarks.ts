/** What is true of a model's files and changes the outputs, though the model runs: in sentences. */
import type { ModelDetail, TensorInfo } from '../contract.ts';
import { classifierName, classifierTensors } from './heads.ts';
import type { Copy, TensorCheck } from './spec.ts';

export interface Remarks {
  readonly sentences: readonly string[];
  /** Name of a head of the files that is not run, so that there are no predictions; null: there is none. */
  readonly head: string | null;
}

/**
 * Tensors without which the outputs are the same: counters and masks, tables that the config tells too, and BERT's guess
 * whether a sentence follows another.
 */
const HARMLESS =
  /(?:^|\.)(?:position_ids|token_type_ids|num_batches_tracked|masked_bias|inv_freq|rope\.freqs|cos_cached|sin_cached|version|_float_tensor)$|^cls\.seq_relationship\./;
/** A layer's place in a stack. */
const LAYER = /^(.*(?:^|\.)(?:layers?|h|blocks?))\.(\d+)\./;

/**
 * @param check of the files
 * @param differing those of the check's copies that differ
 */
export function remarksOn(
  check: TensorCheck,
  { tensors, reading, cautions = [] }: Pick<ModelDetail, 'tensors' | 'reading' | 'cautions'>,
  differing: readonly Copy[],
): Remarks {
  const beside = new Set(reading?.beside);
  const ofHead = new Set(classifierTensors(tensors));
  const unexpected = new Set(check.unexpected);
  const head = [...ofHead].some((tensor) => unexpected.has(tensor)) ? classifierName(tensors) : null;
  const left = check.unexpected.filter(
    (tensor) => !ofHead.has(tensor) && !HARMLESS.test(tensor.name) && !beside.has(tensor.name),
  );
  const layers = surplusLayers(check, left);
  const others = left.filter(({ name }) => !layers.some(({ prefix }) => name.startsWith(prefix)));
  return {
    head,
    sentences: [
      ...cautions,
      ...(head === null
        ? []
        : [`The files have a head that Headgate does not run yet (${head}), so there are no predictions.`]),
      ...stackSentences(layers),
      ...(others.length === 0
        ? []
        : [
            `${counted(others)} left out, since config.json has no place for ${others.length === 1 ? 'it' : 'them'} (${listed(others)}): the outputs can differ from those of the model that was saved.`,
          ]),
      ...differing.map(copySentence),
    ],
  };
}

interface SurplusLayer {
  readonly stack: string;
  readonly layer: number;
  /** What the names of its tensors begin with. */
  readonly prefix: string;
}

/** Layers of which no tensor is used. */
function surplusLayers(check: TensorCheck, left: readonly TensorInfo[]): readonly SurplusLayer[] {
  const layerOf = ({ name }: TensorInfo): SurplusLayer | null => {
    const [prefix = '', stack = '', layer = ''] = LAYER.exec(name) ?? [];
    return prefix === '' ? null : { stack, layer: Number(layer), prefix };
  };
  const used = new Set([...check.found.values()].flatMap((tensor) => layerOf(tensor)?.prefix ?? []));
  // Names may carry a prefix or not.
  const isUsed = (prefix: string) => [...used].some((own) => own.endsWith(prefix) || prefix.endsWith(own));
  const surplus = new Map(
    left.flatMap((tensor) => {
      const layer = layerOf(tensor);
      return layer === null || isUsed(layer.prefix) ? [] : [[layer.prefix, layer] as const];
    }),
  );
  return [...surplus.values()];
}

function stackSentences(layers: readonly SurplusLayer[]): string[] {
  return [...new Set(layers.map(({ stack }) => stack))].map((stack) => {
    const own = layers.filter((layer) => layer.stack === stack).map(({ layer }) => layer);
    const [first, last] = [Math.min(...own), Math.max(...own)];
    const which = first === last ? `layer ${first} is` : `layers ${first} to ${last} are`;
    return `config.json has fewer layers than the files: of “${stack}” ${which} left out, so the outputs differ from those of the whole model.`;
  });
}

function copySentence({ first, second, isUsed }: Copy): string {
  const what = `“${first.name}” and “${second.name}” should hold the same values and do not`;
  return isUsed ? `${what}: each is used in its own place.` : `${what}: the second is left out.`;
}

function counted({ length }: readonly unknown[]): string {
  return length === 1 ? 'A tensor of the files is' : `${length} tensors of the files are`;
}

function listed([first, ...others]: readonly TensorInfo[]): string {
  const name = first?.name.slice(0, 120) ?? '';
  if (others.length === 0) return name;
  return `${name} and ${others.length === 1 ? 'another one' : `${others.length} others`}`;
}
