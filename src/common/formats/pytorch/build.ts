/** The names that a pickle may use, and what each of them makes; every other name is refused. */
import { HeadgateError, quote } from '../../error.ts';
import type { PickleRules } from './pickle.ts';
import { dtypeNamed, Global, latin1Bytes, Refused, Storage, storageDtype, Tensor, Tuple } from './values.ts';

/** Sizes and strides of a tensor. */
const MOST_DIMENSIONS = 16;

/** Modules whose functions run commands, open files or reach further names: calling one is an attack. */
const DANGEROUS_MODULES =
  /^(nt|posix|posixpath|sys|pty|shutil|socket|runpy|imp|code|codeop|pickle|_pickle|cPickle|dill|commands|webbrowser|platform|signal|tempfile|glob|io|_io|marshal|pdb|bdb|timeit|operator|functools|os(\..+)?|(subprocess|importlib|ctypes|http|urllib|requests|asyncio|multiprocessing|cloudpickle|torch\.hub|torch\.serialization|torch\.package)(\..+)?)$/;
const DANGEROUS_BUILTINS =
  /^(eval|exec|execfile|compile|open|input|setattr|delattr|globals|locals|vars|__import__|breakpoint|apply|map|filter|reload|file)$/;
/** Of these modules, what pickles use in earnest and what runs nothing. */
const HARMLESS = new Set(['functools.partial', 'torch.serialization._get_layout']);

export class Builder implements PickleRules {
  /** Names that were refused, in their order. */
  readonly refused = new Set<string>();
  readonly storages = new Map<string, Storage>();

  constructor(private readonly file: string) {}

  build(type: Global, args: readonly unknown[], spend: (bytes: number) => void): unknown {
    if (isDangerous(type))
      throw new HeadgateError(
        'pickle-runs-code',
        `${quote(this.file)} is a pickle that calls ${quote(type.path)} as soon as Python loads it: it would run code.`,
        'Do not load this file in Python either: weights need no such call. Look for the model as safetensors.',
      );
    const made = this.known(type, args, spend);
    if (made !== undefined) return made;
    this.refused.add(type.path);
    return new Refused(type, args);
  }

  /** `('storage', type, key, device, count[, view])`; legacy files have `('module', class, file, source)` for classes. */
  persistent(id: unknown): unknown {
    const [kind, type, key, , count, view] = id instanceof Tuple ? id.items : [];
    if (kind === 'module' && type instanceof Global) return type;
    if (kind !== 'storage') throw this.bad('a persistent id that is no storage');
    if (!(type instanceof Global) || typeof key !== 'string' || !isCount(count))
      throw this.bad('a storage without type, key or size');
    const storage = new Storage(key, type.name, storageDtype(type.name), count, this.viewOffset(view));
    const root = this.storages.get(key);
    if (root !== undefined && root.typeName !== storage.typeName)
      throw this.bad(`the storage ${quote(key)} with two types`);
    if (root === undefined) this.storages.set(key, storage);
    return storage;
  }

  /** Legacy files have views into storages: `(key, offset, size)`. */
  private viewOffset(view: unknown): number {
    if (!(view instanceof Tuple)) return 0;
    const [, offset] = view.items;
    if (!isCount(offset)) throw this.bad('a view of a storage without an offset');
    return offset;
  }

  /** What a known name makes of its arguments; undefined for a name that is not known. */
  private known({ path }: Global, args: readonly unknown[], spend: (bytes: number) => void): unknown {
    const [first] = args;
    // What is copied grows with every call.
    if (path !== 'torch._tensor._rebuild_from_type_v2') spend(sizeOf(args) * 48);
    switch (path) {
      case 'collections.OrderedDict':
      case 'builtins.dict':
      case '__builtin__.dict':
      case 'collections.defaultdict':
      case 'collections.Counter':
        return this.dict(path === 'collections.defaultdict' ? args[1] : first);
      case 'builtins.list':
      case '__builtin__.list':
        return itemsOf(first) ?? [];
      case 'builtins.tuple':
      case '__builtin__.tuple':
      case 'torch.Size':
        return new Tuple(itemsOf(first) ?? []);
      case 'builtins.set':
      case '__builtin__.set':
      case 'builtins.frozenset':
      case '__builtin__.frozenset':
        return new Set(itemsOf(first) ?? []);
      case 'torch.device':
        return typeof first === 'string' ? first : null;
      case 'pathlib.PosixPath':
      case 'pathlib.WindowsPath':
      case 'pathlib._local.PosixPath':
      case 'pathlib._local.WindowsPath':
        return args.filter((part) => typeof part === 'string').join('/');
      case '_codecs.encode':
        return typeof first === 'string' ? latin1Bytes(first) : undefined;
      case 'torch._utils._rebuild_tensor':
      case 'torch._utils._rebuild_tensor_v2':
        return this.tensor(args);
      case 'torch._utils._rebuild_tensor_v3':
        return this.tensor(args, args[6]);
      case 'torch._utils._rebuild_parameter':
      case 'torch._utils._rebuild_parameter_with_state':
      case 'torch.nn.parameter.Parameter':
      case 'torch.nn.parameter.Buffer':
        return first instanceof Tensor ? first : undefined;
      case 'torch._tensor._rebuild_from_type_v2':
        return first instanceof Global && args[2] instanceof Tuple
          ? this.build(first, args[2].items, spend)
          : undefined;
      case 'torch.serialization._get_layout':
        return null;
      case 'torch.storage._load_from_bytes':
        throw new HeadgateError(
          'pickle-nested',
          `${quote(this.file)} was written with Python’s pickle, which packs each tensor as a file of its own.`,
          'Load it in Python with pickle.load, and write it with torch.save(weights, "model.pt").',
        );
      default:
        return undefined;
    }
  }

  private dict(entries: unknown): Map<unknown, unknown> {
    if (entries instanceof Map) return new Map(entries);
    const made = new Map<unknown, unknown>();
    for (const pair of itemsOf(entries) ?? []) {
      const items = itemsOf(pair);
      if (items?.length !== 2) throw this.bad('a dictionary of something that is no pair');
      made.set(items[0], items[1]);
    }
    return made;
  }

  /** `(storage, offset, shape, stride, …)`; v3 has its type beside an untyped storage. */
  private tensor(args: readonly unknown[], type: unknown = null): Tensor {
    const [storage, offset, shape, stride] = args;
    if (!(storage instanceof Storage)) throw this.bad('a tensor without a storage');
    if (!isCount(offset)) throw this.bad('a tensor whose offset is not a whole number from 0 on');
    const sizes = this.counts(shape, 'shape is');
    const steps = this.counts(stride, 'strides are');
    if (sizes.length !== steps.length)
      throw this.bad(`a tensor of ${sizes.length} dimensions with ${steps.length} strides`);
    const typeName = type instanceof Global ? type.name : storage.typeName;
    const dtype = type instanceof Global ? dtypeNamed(type.name) : storage.dtype;
    return new Tensor(storage, typeName, dtype, offset, sizes, steps);
  }

  private counts(value: unknown, what: string): number[] {
    const items = itemsOf(value);
    if (items === null || !items.every(isCount))
      throw this.bad(`a tensor whose ${what} not a list of whole numbers from 0 on`);
    if (items.length > MOST_DIMENSIONS)
      throw this.bad(`a tensor of ${items.length} dimensions; the limit is ${MOST_DIMENSIONS}`);
    return items;
  }

  private bad(what: string): HeadgateError {
    return new HeadgateError(
      'pickle-tensor',
      `${quote(this.file)}: its pickle has ${what}.`,
      'The file is damaged or was written wrongly: save or download it again.',
    );
  }
}

function isDangerous({ module, name, path }: Global): boolean {
  if (HARMLESS.has(path)) return false;
  if (module === 'builtins' || module === '__builtin__') return DANGEROUS_BUILTINS.test(name);
  return DANGEROUS_MODULES.test(module);
}

/** Entries and characters of what a call is given. */
function sizeOf(args: readonly unknown[]): number {
  return args.reduce<number>((sum, arg) => {
    if (typeof arg === 'string') return sum + arg.length / 32;
    if (arg instanceof Map || arg instanceof Set) return sum + arg.size;
    return sum + (arg instanceof Tuple ? arg.items.length : Array.isArray(arg) ? arg.length : 0);
  }, 0);
}

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

function itemsOf(value: unknown): unknown[] | null {
  if (value instanceof Tuple) return [...value.items];
  if (value instanceof Set) return [...value];
  return Array.isArray(value) ? value : null;
}
