/** Finds the tensors of what a pickle became, by the names that `load_state_dict` would know them by. */
import { HeadgateError, quote } from '../../error.ts';
import { ALONE } from './stack.ts';
import { Refused, Tensor, Tuple } from './values.ts';

export interface Collected {
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** Sentences for the load report. */
  readonly notes: readonly string[];
  /** What a training script keeps beside its weights, such as `model_args`, by name. */
  readonly settings: ReadonlyMap<string, unknown>;
}

/** Where checkpoints keep the weights, the likeliest first. */
const HOLDERS = [
  'state_dict',
  'model_state_dict',
  'model_state',
  'model',
  'module',
  'net',
  'network',
  'weights',
  'params',
];
/** Where training scripts keep what they were called with. */
const SETTINGS = [
  'model_args',
  'hyper_parameters',
  'hparams',
  'config',
  'cfg',
  'args',
  'opt',
  'params',
  'model_config',
];
/** Where a module keeps what its state dict lists under its own name. */
const FLAT = /^_(parameters|buffers|modules)$/;
const MOST_TENSORS = 200_000;
const MOST_VISITS = 2_000_000;
const MOST_DEPTH = 64;
/** Entries of a table that are looked into for weights. */
const MOST_LOOKED = 20;

/** @throws HeadgateError `no-tensors` naming what was refused; `pickle-too-many`, `pickle-depth` */
export function collectTensors(file: string, root: unknown, refused: ReadonlySet<string>): Collected {
  // A list has no names.
  const entries = itemsOf(root) === null ? entriesOf(root) : null;
  const held = HOLDERS.find((key) => hasTensors(entries?.get(key), 0));
  const walk = new Walk(file);
  if (held === undefined) walk.visit(root, '', 0);
  else walk.visit(entries?.get(held), '', 0);
  const settings = new Map(
    SETTINGS.filter((key) => key !== held && entriesOf(entries?.get(key)) !== null).map((key) => [
      key,
      entries?.get(key),
    ]),
  );
  if (walk.tensors.size === 0) throw noTensors(file, refused);
  return { tensors: walk.tensors, settings, notes: notesOf(entries, held, walk, refused) };
}

function notesOf(
  entries: ReadonlyMap<unknown, unknown> | null,
  held: string | undefined,
  walk: Walk,
  refused: ReadonlySet<string>,
): string[] {
  const notes: string[] = [];
  if (held !== undefined) {
    const beside = [...(entries?.keys() ?? [])].filter((key) => key !== held && typeof key === 'string');
    const left = beside.length === 0 ? '' : `; left aside: ${list(beside as string[])}`;
    notes.push(`The weights are what the checkpoint holds under ${quote(held)}${left}.`);
  }
  if (walk.optimizers.length > 0)
    notes.push(`The state of an optimizer was left aside: ${list(walk.optimizers)}.`);
  if (refused.size > 0)
    notes.push(`Python classes were not built, only looked into for tensors: ${list([...refused])}.`);
  return notes;
}

function noTensors(file: string, refused: ReadonlySet<string>): HeadgateError {
  const what =
    refused.size === 0 ? '' : `; it is made of ${list([...refused])}, which Headgate does not build`;
  const isNumpy = [...refused].some((name) => name.startsWith('numpy.'));
  return new HeadgateError(
    'no-tensors',
    `${quote(file)} is a Python pickle without PyTorch tensors${what}.`,
    isNumpy
      ? 'Arrays of NumPy by their names are read from numpy.savez("model.npz", **arrays).'
      : 'Open the file that holds the weights: torch.save(model.state_dict(), "model.pt") writes one.',
  );
}

/** Names in quotes, the first of them. */
function list(names: readonly string[]): string {
  const shown = names.slice(0, 8).map(quote).join(', ');
  return names.length > 8 ? `${shown} and ${names.length - 8} more` : shown;
}

class Walk {
  readonly tensors = new Map<string, Tensor>();
  readonly optimizers: string[] = [];
  private visits = 0;
  /** What is being looked into: things may hold themselves. */
  private readonly open = new Set<unknown>();

  constructor(private readonly file: string) {}

  visit(value: unknown, name: string, depth: number): void {
    if (typeof value !== 'object' || value === null || this.open.has(value)) return;
    if (value instanceof Tensor) return this.add(name, value);
    if (++this.visits > MOST_VISITS) throw this.bad('too-many', `holds more than ${MOST_VISITS} things`);
    if (depth > MOST_DEPTH) throw this.bad('depth', `is nested deeper than ${MOST_DEPTH} levels`);
    const items = itemsOf(value);
    if (items !== null) {
      this.open.add(value);
      for (const [index, item] of items.entries())
        if (typeof item === 'object')
          this.visit(item, name === '' ? String(index) : `${name}.${index}`, depth + 1);
      this.open.delete(value);
      return;
    }
    const entries = entriesOf(value);
    if (entries === null) return;
    if (entries.has('param_groups') && entries.has('state')) {
      this.optimizers.push(name === '' ? 'the whole file' : name);
      return;
    }
    this.open.add(value);
    const isModule = value instanceof Refused && entries.has('_parameters') && entries.has('_modules');
    for (const [key, entry] of entries)
      if (typeof key === 'string' || typeof key === 'number') {
        const isFlat = value instanceof Refused && FLAT.test(String(key));
        // What else a module keeps for itself, such as a list of its own parameters.
        if (isModule && !isFlat && String(key).startsWith('_')) continue;
        // A recurrent module of TorchScript lists its own parameters once more.
        if (value instanceof Refused && key === '_flat_weights') continue;
        this.visit(entry, isFlat ? name : name === '' ? String(key) : `${name}.${key}`, depth + 1);
      }
    this.open.delete(value);
  }

  private add(name: string, tensor: Tensor): void {
    const known = this.tensors.get(name);
    if (known !== undefined && known !== tensor)
      throw this.bad('duplicate', `has two tensors ${quote(name)}`);
    if (this.tensors.size > MOST_TENSORS) throw this.bad('too-many', `has more than ${MOST_TENSORS} tensors`);
    this.tensors.set(name === '' ? 'tensor' : name, tensor);
  }

  private bad(rule: string, what: string): HeadgateError {
    return new HeadgateError(`pickle-${rule}`, `${quote(this.file)}: its pickle ${what}.`, ALONE);
  }
}

/** True when a tensor lies in a dictionary or a module, at most a few levels down. */
function hasTensors(value: unknown, depth: number): boolean {
  if (value instanceof Tensor) return depth > 0;
  if (depth > 6) return false;
  const items = itemsOf(value);
  if (items !== null) return items.slice(0, MOST_LOOKED).some((item) => hasTensors(item, depth + 1));
  const entries = entriesOf(value);
  if (entries === null || (entries.has('param_groups') && entries.has('state'))) return false;
  let looked = 0;
  for (const entry of entries.values()) {
    if (hasTensors(entry, depth + 1)) return true;
    if (++looked > MOST_LOOKED) return false;
  }
  return false;
}

/** Items of a list or a tuple; null: it is none. */
function itemsOf(value: unknown): readonly unknown[] | null {
  if (value instanceof Tuple) return value.items;
  return Array.isArray(value) ? (value as readonly unknown[]) : null;
}

/** What lies in a value by key: entries of a dictionary, items of a list, the state of an object. */
export function entriesOf(value: unknown): ReadonlyMap<unknown, unknown> | null {
  if (value instanceof Map) return value;
  if (Array.isArray(value)) return new Map(value.map((item, index) => [index, item] as const));
  if (value instanceof Tuple) return new Map(value.items.map((item, index) => [index, item] as const));
  if (!(value instanceof Refused)) return null;
  // (state, slots) of objects with __slots__; the arguments stand for those without a state.
  const state =
    value.state instanceof Tuple ? value.state.items.find((part) => part instanceof Map) : value.state;
  if (value.entries.size > 0) return value.entries;
  if (state instanceof Map) return state;
  return entriesOf(new Tuple(value.items.length > 0 ? value.items : value.args));
}
