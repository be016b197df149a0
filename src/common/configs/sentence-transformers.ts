/** modules.json of sentence-transformers: the steps that follow a model, each with a folder of its own. */
import type { Config } from './config.ts';
import { HeadgateError } from '../error.ts';
import type { ModelFolder } from '../formats/format.ts';

export const MODULES = 'modules.json';
/** Bytes of the largest modules.json that is read. */
const MOST_BYTES = 2 ** 20;

export interface Module {
  /** Last part of its class's name: `Pooling`, `Dense`, `Normalize`. */
  readonly kind: string;
  /** Folder of its files, inside the model's; empty: the model's own. */
  readonly path: string;
}

/** @throws HeadgateError `bad-config` naming the module and the rule. */
export function parseModules(modules: unknown): readonly Module[] {
  if (!Array.isArray(modules)) throw badFile(MODULES, 'is not a list of modules');
  return modules.map((module: unknown, index) => {
    const { type, path = '' } = (module ?? {}) as { readonly type?: unknown; readonly path?: unknown };
    if (typeof type !== 'string') throw badFile(MODULES, `has no “type” in module ${index}`);
    if (typeof path !== 'string' || !isInside(path))
      throw badFile(
        MODULES,
        `has ${JSON.stringify(path).slice(0, 80)} as “path” of module ${index}; it must name a folder inside the model's`,
      );
    return { kind: type.split('.').at(-1) ?? '', path: path.replace(/^\.\/|\/+$/g, '') };
  });
}

/** Whether a path stays in the folder that it starts from. */
function isInside(path: string): boolean {
  return !/^[/\\]|[\\:\0]/.test(path) && path.split('/').every((part) => part !== '..');
}

/** A file of a module by its name in the model's folder. */
export function moduleFile({ path }: Module, name: string): string {
  return path === '' ? name : `${path}/${name}`;
}

/** The files of a folder that its modules are read from; none where modules.json is unusable. */
export function moduleFiles(text: string): string[] {
  try {
    return parseModules(JSON.parse(text)).flatMap((module) => {
      if (module.kind === 'Pooling') return [moduleFile(module, 'config.json')];
      if (module.kind !== 'Dense') return [];
      return ['config.json', 'model.safetensors'].map((name) => moduleFile(module, name));
    });
  } catch {
    // Whoever reads the modules says why.
    return [];
  }
}

/**
 * The folder of a Transformer whose modules stand in the folder above it, with these as if they were its own; the folder
 * itself where it has modules, or those above are not about it.
 * @param above null: there is none, or nobody may look into it
 * @param path the folder's name in the one above
 */
export async function withModulesAbove(
  folder: ModelFolder,
  above: ModelFolder | null,
  path: string,
): Promise<ModelFolder> {
  if (above === null || folder.names.includes(MODULES) || !above.names.includes(MODULES)) return folder;
  const source = await above.file(MODULES).catch(() => null);
  if (source === null || source.size > MOST_BYTES) return folder;
  const text = new TextDecoder().decode(await source.read(0, source.size));
  if (!isTransformerOf(text, path)) return folder;
  const taken = new Set([MODULES, ...moduleFiles(text)]);
  return {
    name: folder.name,
    names: [...folder.names, MODULES],
    file: (name) => (taken.has(name) ? above.file(name) : folder.file(name)),
  };
}

function isTransformerOf(modules: string, path: string): boolean {
  try {
    return parseModules(JSON.parse(modules)).some(
      (module) => module.kind === 'Transformer' && module.path === path,
    );
  } catch {
    return false;
  }
}

/** A config that was read; null: there is none. @throws HeadgateError `bad-config` for one that is no object */
export function asObject(name: string, value: unknown): Config | null {
  if (value === undefined) return null;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badFile(name, 'is not a JSON object');
  return value as Config;
}

function badFile(name: string, problem: string): HeadgateError {
  return new HeadgateError('bad-config', `${name} ${problem}.`, 'Save or download the file again.');
}
