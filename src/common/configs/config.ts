import { HeadgateError, isWhat } from '../error.ts';

/** A model's config.json. */
export type Config = Readonly<Record<string, unknown>>;

/** No dimension of a model is larger than this. */
const LARGEST = 2 ** 27;
/** No model has more layers; what is expected of its files is listed layer by layer. */
const MOST_LAYERS = 10_000;

/**
 * One field of a config, under the first of its names that is there; null counts as absent.
 * Every reader throws HeadgateError `bad-config` that names the field when the value is unusable.
 */
function field(config: Config, names: readonly string[]): { name: string; value: unknown } {
  const name = names.find((candidate) => config[candidate] !== undefined && config[candidate] !== null);
  return { name: name ?? names[0] ?? '', value: name === undefined ? undefined : config[name] };
}

/** A whole number from 1 on. */
export function positiveInteger(config: Config, names: readonly string[], otherwise?: number): number {
  const { name, value = otherwise } = field(config, names);
  const isWhole = typeof value === 'number' && Number.isInteger(value) && value > 0;
  if (isWhole && value <= LARGEST) return value;
  throw badField(
    name,
    value,
    isWhole ? `at most ${LARGEST.toLocaleString('en-US')}` : 'a whole number above 0',
  );
}

/**
 * @param value what was read of the field
 * @param of the name of `whole`
 * @throws HeadgateError `bad-config` where `value` does not divide `whole`
 */
export function requireDivisor(
  config: Config,
  names: readonly string[],
  value: number,
  of: string,
  whole: number,
): void {
  if (whole % value === 0) return;
  const { name, value: stored } = field(config, names);
  const rule = `a divisor of ${of}, which is ${whole}`;
  if (stored !== undefined) throw badField(name, value, rule);
  throw new HeadgateError(
    'bad-config',
    `config.json: “${name}” is missing, and ${value}, which then stands for it, is not ${rule}.`,
    `Add “${name}” to config.json: the script that made the model, or its page, tells it.`,
  );
}

/** A number of layers. */
export function layerCount(config: Config, names: readonly string[], otherwise?: number): number {
  const count = positiveInteger(config, names, otherwise);
  if (count <= MOST_LAYERS) return count;
  throw badField(field(config, names).name, count, `at most ${MOST_LAYERS}`);
}

/** A finite number from 0 on. */
export function nonNegative(config: Config, names: readonly string[], otherwise?: number): number {
  const { name, value = otherwise } = field(config, names);
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  throw badField(name, value, 'a number from 0 on');
}

/** A finite number above 0. */
export function positive(config: Config, names: readonly string[], otherwise?: number): number {
  const { name, value = otherwise } = field(config, names);
  if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value;
  throw badField(name, value, 'a number above 0');
}

/** What `read` makes of a field; null where the config says null, which there means “none” and not “the default”. */
export function unlessNull<Value>(
  config: Config,
  name: string,
  read: (config: Config, names: readonly string[]) => Value,
): Value | null {
  return config[name] === null ? null : read(config, [name]);
}

export function flag(config: Config, names: readonly string[], otherwise: boolean): boolean {
  const { name, value = otherwise } = field(config, names);
  if (typeof value === 'boolean') return value;
  throw badField(name, value, 'true or false');
}

export function word(config: Config, names: readonly string[], otherwise?: string): string {
  const { name, value = otherwise } = field(config, names);
  if (typeof value === 'string') return value;
  throw badField(name, value, 'a word');
}

/** `bad-config`: what a field holds and what it must hold. */
export function badField(name: string, value: unknown, rule: string): HeadgateError {
  return new HeadgateError(
    'bad-config',
    `config.json: “${name}” ${isWhat(value)}; it must be ${rule}.`,
    'Save the model again with save_pretrained, or correct the field.',
  );
}

/** Activation functions by the names that Transformers' configs use. */
const ACTIVATIONS = {
  gelu: 'gelu_erf',
  gelu_python: 'gelu_erf',
  gelu_new: 'gelu_tanh',
  gelu_fast: 'gelu_tanh',
  gelu_pytorch_tanh: 'gelu_tanh',
  quick_gelu: 'gelu_quick',
  silu: 'silu',
  swish: 'silu',
  relu: 'relu',
  tanh: 'tanh',
  sigmoid: 'sigmoid',
  linear: 'none',
} as const;
export type ActivationName = (typeof ACTIVATIONS)[keyof typeof ACTIVATIONS];

/** @throws HeadgateError `unknown-activation` naming the field and the functions that there are. */
export function activation(config: Config, names: readonly string[], otherwise: string): ActivationName {
  const given = word(config, names, otherwise);
  const known = Object.entries(ACTIVATIONS).find(([name]) => name === given)?.[1];
  if (known !== undefined) return known;
  throw new HeadgateError(
    'unknown-activation',
    `config.json: “${field(config, names).name}” is “${given.slice(0, 80)}”, an activation function that Headgate does not have.`,
    `It has ${Object.keys(ACTIVATIONS).join(', ')}.`,
  );
}
