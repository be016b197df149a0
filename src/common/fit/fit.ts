/** Fits a file's names and matrices to the model that its config describes, and says what was done. */
import type { Config } from '../configs/config.ts';
import { recognise } from '../configs/recognise.ts';
import { findSpec } from '../configs/registry.ts';
import type { FamilySpec, TensorCheck } from '../configs/spec.ts';
import { LANGUAGE_PARTS } from '../configs/wrong-field.ts';
import type { Reading, TensorInfo } from '../contract.ts';
import { HeadgateError } from '../error.ts';
import { isObject } from '../json.ts';
import { cutting, languageName, plain, sharedPrefixes, todaysName, wrapping, type Naming } from './names.ts';
import type { Fitted, Unfitted } from './fitted.ts';
import { reshaped } from './reshaped.ts';

/**
 * What is read differs from what is stored only where that makes more tensors fit. A model that no family runs keeps its
 * names, but for what wrappers put in front of all of them.
 */
export function fitModel(model: Unfitted): Fitted {
  const { config: own, tensors } = model;
  const part = languagePart(own);
  const config = part === null ? own : part.config;
  const spec = findSpec(typeof config?.['model_type'] === 'string' ? config['model_type'] : null);
  if (spec === null || config === null) return recognised(model);
  const naming = bestNaming(spec, config, tensors, part !== null);
  const fitted = named({ ...model, config }, naming, part?.name ?? null);
  const check = checkOf(spec, config, fitted.tensors);
  return check === null ? fitted : reshaped(fitted, config, check);
}

/** A model whose config names no family: its tensors may, and then its matrices are put as that family has them. */
function recognised(model: Unfitted): Fitted {
  const fitted = named(model, unknownNaming(model.config, model.tensors), null);
  const found = typeof model.config?.['model_type'] === 'string' ? null : recognise(fitted.tensors);
  const spec = findSpec(typeof found?.config['model_type'] === 'string' ? found.config['model_type'] : null);
  if (found === null || spec === null) return fitted;
  const config = { ...found.config, ...model.config };
  const check = checkOf(spec, config, fitted.tensors);
  return check === null ? fitted : reshaped(fitted, config, check);
}

/** The config of the language model, where a family runs it and not the whole. */
function languagePart(config: Config | null): { readonly name: string; readonly config: Config } | null {
  if (config === null || isKnown(config)) return null;
  for (const name of LANGUAGE_PARTS) {
    const inner = config[name];
    if (!isObject(inner) || !isKnown(inner)) continue;
    const tied = config['tie_word_embeddings'];
    const beside = ['quantization_config', 'bos_token_id', 'eos_token_id', 'pad_token_id'];
    const shared = Object.fromEntries(
      beside.filter((field) => field in config).map((field) => [field, config[field]]),
    );
    return {
      name,
      config: { ...shared, ...(typeof tied === 'boolean' && { tie_word_embeddings: tied }), ...inner },
    };
  }
  return null;
}

function isKnown({ model_type: type }: Config): boolean {
  return typeof type === 'string' && findSpec(type) !== null;
}

/** Of a model that no family runs, or that its tensors may tell. */
function unknownNaming(config: Config | null, tensors: readonly TensorInfo[]): Naming {
  const prefix = wrapping(tensors);
  const own: Naming = { prefix, rename: (name) => todaysName(cutting(prefix)(name)) };
  if (typeof config?.['model_type'] === 'string') return prefix === '' ? plain : own;
  const namings = [plain, own, ...sharedPrefixes(tensors).map((cut) => cuttingNaming(cut, false))];
  return (
    namings.find((naming) => recognise(renamed(tensors, naming)) !== null) ?? (prefix === '' ? plain : own)
  );
}

function cuttingNaming(prefix: string, isPart: boolean): Naming {
  const cut = cutting(prefix);
  return { prefix, rename: (name) => (isPart ? languageName : String)(todaysName(cut(name))) };
}

/** The reading under which most tensors are found; the plainest of several. */
function bestNaming(
  spec: FamilySpec,
  config: Config,
  tensors: readonly TensorInfo[],
  isPart: boolean,
): Naming {
  const count = (naming: Naming) => checkOf(spec, config, renamed(tensors, naming))?.found.size ?? -1;
  const stored = checkOf(spec, config, tensors);
  if (stored === null || (stored.missing.length === 0 && stored.misshapen.length === 0)) return plain;
  let best = { naming: plain, found: stored.found.size };
  for (const prefix of [wrapping(tensors), '', ...sharedPrefixes(tensors)]) {
    const naming = cuttingNaming(prefix, isPart);
    const found = count(naming);
    if (found > best.found) best = { naming, found };
  }
  return best.naming;
}

function checkOf(spec: FamilySpec, config: Config, tensors: readonly TensorInfo[]): TensorCheck | null {
  try {
    return spec.check(config, tensors);
  } catch (error) {
    // Whoever opens the model tells what is wrong with its config.
    if (error instanceof HeadgateError) return null;
    throw error;
  }
}

/** Names as they are read. What would have the name of another tensor keeps its own. */
function renamed(tensors: readonly TensorInfo[], { rename }: Naming): TensorInfo[] {
  const taken = new Set<string>();
  const stored = new Set(tensors.map(({ name }) => name));
  return tensors.map((tensor) => {
    const name = rename(tensor.name);
    if (name === tensor.name || taken.has(name) || stored.has(name)) return tensor;
    taken.add(name);
    return { ...tensor, name };
  });
}

function named(model: Unfitted, naming: Naming, part: string | null): Fitted {
  if (naming === plain && part === null) return { ...model, reading: null };
  const tensors = renamed(model.tensors, naming);
  const cut = cutting(naming.prefix);
  const reading: Reading = {
    prefix: naming.prefix === '' ? null : naming.prefix,
    renamed: model.tensors.flatMap(({ name: from }, i) => {
      const to = tensors[i]?.name ?? from;
      return to === cut(from) || to === from ? [] : [{ from, to }];
    }),
    ...{ transposed: [], padded: [], zeros: [], part },
    beside: part === null ? [] : besideLanguage(model.tensors, tensors, naming),
  };
  return { ...model, tensors, reading };
}

/** Tensors of a larger model that do not belong to its language model: nothing of the reading concerns them. */
function besideLanguage(
  stored: readonly TensorInfo[],
  tensors: readonly TensorInfo[],
  naming: Naming,
): string[] {
  if (naming === plain) return [];
  const isHead = /^(?:lm_head|embed_out)\./;
  return stored
    .filter(({ name }, i) => tensors[i]?.name === name && !isHead.test(name))
    .map(({ name }) => name);
}
