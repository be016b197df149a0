/** Rotary position embeddings (Su et al. 2021) as configs describe them. */
import { HeadgateError } from '../error.ts';
import { badField, flag, positive, positiveInteger, unlessNull, word, type Config } from './config.ts';

interface Plain {
  /** θ: element pair i of w rotated elements turns by position · θ^(−2i/w). */
  readonly theta: number;
}

interface Stretched extends Plain {
  /** Times that the text may be longer than those of the training. */
  readonly factor: number;
}

/** How the frequencies of the rotation are made; the kinds are those of Transformers. */
export type Rope =
  | ({ readonly kind: 'default' } & Plain)
  | ({ readonly kind: 'linear' } & Stretched)
  /** NTK-aware: θ grows with a text that is longer than `original`. */
  | ({ readonly kind: 'dynamic'; readonly original: number } & Stretched)
  | ({
      readonly kind: 'llama3';
      readonly original: number;
      /** Wavelengths above original / low are stretched whole, those below original / high not at all. */
      readonly low: number;
      readonly high: number;
    } & Stretched)
  /** Peng et al. 2023. */
  | ({
      readonly kind: 'yarn';
      readonly original: number;
      /** Turns within `original` tokens above which a frequency stays, and below which it is stretched whole. */
      readonly fast: number;
      readonly slow: number;
      /** Whether the limits between these are rounded to whole pairs. */
      readonly truncate: boolean;
      /** Multiplies cos and sin. */
      readonly attention: number;
    } & Stretched)
  /** Ding et al. 2024: a factor of its own for each pair, one set up to `original` tokens and one above. */
  | ({
      readonly kind: 'longrope';
      readonly original: number;
      readonly short: readonly number[];
      readonly long: readonly number[];
      /** Multiplies cos and sin. */
      readonly attention: number;
    } & Plain);

/** Where a family keeps what others have in `rope_parameters`. */
export interface RopeNames {
  readonly theta: string;
  /** The base where no field says it; left out: 10,000. */
  readonly otherwise?: number;
  /** The share of a head that is rotated; null: all of it, always. */
  readonly share: { readonly name: string; readonly otherwise: number } | null;
}

export interface ParsedRope {
  readonly rope: Rope;
  /** Elements of a head that are rotated: its first ones. May be odd: then one more is, as in Transformers. */
  readonly rotated: number;
  /** Most tokens that an input may have. */
  readonly positions: number;
}

const DEFAULT_NAMES: RopeNames = { theta: 'rope_theta', share: null };

/**
 * `rope_parameters` (Transformers 5), or `rope_scaling` and fields of the config itself (before).
 * @param sizes `positions`: max_position_embeddings; `headWidth`: d
 * @throws HeadgateError `bad-config` naming the field, or `unknown-rope-type`.
 */
export function parseRope(
  config: Config,
  { positions, headWidth }: { readonly positions: number; readonly headWidth: number },
  names = DEFAULT_NAMES,
): ParsedRope {
  const { at, values } = ropeFields(config);
  const theta = positive(values, [at('rope_theta'), names.theta], names.otherwise ?? 10000);
  if (theta <= 1) throw badField(names.theta, theta, 'a number above 1');
  const share =
    names.share === null
      ? 1
      : positive(values, [at('partial_rotary_factor'), names.share.name], names.share.otherwise);
  if (share > 1) throw badField(names.share?.name ?? '', share, 'a share of each head: at most 1');
  const rotated = Math.floor(headWidth * share);
  if (rotated === 0 || (rotated === headWidth && rotated % 2 !== 0))
    throw badField(
      share === 1 ? 'head_dim' : (names.share?.name ?? ''),
      share === 1 ? headWidth : share,
      'such that an even number of the elements of a head is rotated',
    );
  const rope = ropeOf(values, at, { theta, positions, pairs: Math.ceil(rotated / 2) });
  return { rope, rotated, positions: reach(rope, positions) };
}

/** The config with the fields of its rope object beside its own ones, named as a user finds them. */
function ropeFields(config: Config): { at: (name: string) => string; values: Config } {
  const place = ['rope_scaling', 'rope_parameters'].find((name) => {
    const value = config[name];
    return value !== undefined && value !== null;
  });
  const at = (name: string) => `${place ?? 'rope_parameters'}.${name}`;
  if (place === undefined) return { at, values: config };
  const given = config[place];
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw badField(place, given, 'an object with a “rope_type”');
  const own = Object.entries(given).map(([name, value]: [string, unknown]) => [at(name), value]);
  return { at, values: { ...config, ...Object.fromEntries(own) } };
}

const KINDS: Readonly<Record<string, Rope['kind']>> = {
  default: 'default',
  linear: 'linear',
  dynamic: 'dynamic',
  llama3: 'llama3',
  yarn: 'yarn',
  longrope: 'longrope',
  // Phi-3's first name for it.
  su: 'longrope',
};

function ropeOf(
  values: Config,
  at: (name: string) => string,
  { theta, positions, pairs }: { theta: number; positions: number; pairs: number },
): Rope {
  const given = word(values, [at('rope_type'), at('type')], 'default');
  const kind = Object.hasOwn(KINDS, given) ? KINDS[given] : undefined;
  const factor = () => positive(values, [at('factor')]);
  const original = () =>
    positiveInteger(
      values,
      ['original_max_position_embeddings', at('original_max_position_embeddings')],
      positions,
    );
  switch (kind) {
    case 'default':
      return { kind, theta };
    case 'linear':
      return { kind, theta, factor: factor() };
    case 'dynamic':
      if (pairs < 2) throw badField(at('rope_type'), given, '“default” where only 2 elements are rotated');
      return { kind, theta, factor: factor(), original: positions };
    case 'llama3': {
      const low = positive(values, [at('low_freq_factor')]);
      const high = positive(values, [at('high_freq_factor')]);
      if (high <= low) throw badField(at('high_freq_factor'), high, `above low_freq_factor, which is ${low}`);
      return { kind, theta, factor: factor(), low, high, original: original() };
    }
    case 'yarn': {
      const stretch = positive(values, [at('factor')], positions / original());
      return {
        kind,
        theta,
        factor: stretch,
        original: original(),
        fast: positive(values, [at('beta_fast')], 32),
        slow: positive(values, [at('beta_slow')], 1),
        truncate: flag(values, [at('truncate')], true),
        attention: positive(values, [at('attention_factor')], yarnAttention(values, at, stretch)),
      };
    }
    case 'longrope': {
      const stretch = positive(values, [at('factor')], positions / original());
      const usual = stretch <= 1 ? 1 : Math.sqrt(1 + Math.log(stretch) / Math.log(original()));
      return {
        kind,
        theta,
        original: original(),
        short: factors(values, at('short_factor'), pairs),
        long: factors(values, at('long_factor'), pairs),
        attention: positive(values, [at('attention_factor')], usual),
      };
    }
    case undefined:
      throw new HeadgateError(
        'unknown-rope-type',
        `config.json: “${(values[at('rope_type')] ?? null) === null ? at('type') : at('rope_type')}” is “${given.slice(0, 80)}”, a kind of rotary embedding that Headgate does not have.`,
        `It has ${Object.keys(KINDS).join(', ')}.`,
      );
  }
}

function yarnAttention(values: Config, at: (name: string) => string, factor: number): number {
  const grown = (scale: number) => (factor <= 1 ? 1 : 0.1 * scale * Math.log(factor) + 1);
  const scale = (name: string) =>
    values[at(name)] === 0 ? null : unlessNull({ [at(name)]: null, ...values }, at(name), positive);
  const own = scale('mscale');
  const all = scale('mscale_all_dim');
  return own !== null && all !== null ? grown(own) / grown(all) : grown(1);
}

function factors(values: Config, name: string, pairs: number): number[] {
  const given = values[name];
  const isFactor = (value: unknown) => typeof value === 'number' && Number.isFinite(value) && value > 0;
  if (!Array.isArray(given) || given.length !== pairs || !given.every(isFactor))
    throw badField(name, given, `a list of ${pairs} numbers above 0, one for each rotated pair`);
  return given as number[];
}

/** Most tokens: `max_position_embeddings` does not count the stretching of the kinds that extend a finished model. */
function reach(rope: Rope, positions: number): number {
  if (rope.kind === 'linear' || rope.kind === 'dynamic')
    return Math.max(positions, Math.floor(positions * rope.factor));
  if (rope.kind === 'yarn') return Math.max(positions, Math.floor(rope.original * rope.factor));
  return positions;
}
